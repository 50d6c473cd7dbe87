"""Tables: published numbers beside measured ones, as data (`model`), from data (`build`), to text (`formats`)."""
