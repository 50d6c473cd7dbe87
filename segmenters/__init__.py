"""Segmenters: image to label map, usable alone.

>>> import torch, segmenters
>>> segmenters.names("drn_d_1*")
['drn_d_105']
>>> segmenter = segmenters.create("drn_d_22_quarter.tinytown")
>>> segmenter(torch.zeros(1, 3, 64, 128, dtype=torch.uint8)).shape
torch.Size([1, 64, 128])
"""

from segmenters._augment import augment as augment
from segmenters._base import Loaded as Loaded
from segmenters._base import Segmenter as Segmenter
from segmenters._errors import SegmenterError as SegmenterError
from segmenters._errors import WeightsMissing as WeightsMissing
from segmenters._factory import create as create
from segmenters._factory import find as find
from segmenters._families import MMSEG as MMSEG
from segmenters._families import Family as Family
from segmenters._families import families as families
from segmenters._families import prefix_of as prefix_of
from segmenters._families import register_family as register_family
from segmenters._names import by_name as by_name
from segmenters._registry import Info as Info
from segmenters._registry import RealScore as RealScore
from segmenters._registry import Weights as Weights
from segmenters._registry import info as info
from segmenters._registry import names as names
from segmenters._registry import origin as origin
from segmenters._registry import problems as problems
from segmenters._registry import register as register
from segmenters._training import Schedule as Schedule
from segmenters._training import train as train
