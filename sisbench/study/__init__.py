"""Preference studies: which of two images people prefer, asked on a static page and scored with honest intervals.

`make` turns folders of images into a page and a key, `score` turns the raters' answers into percentages. No torch.
"""
