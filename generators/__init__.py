"""Generators for semantic image synthesis and cross-view translation, usable alone.

>>> import generators
>>> generators.names("spade*")
['spade', 'spade_plus']
>>> network = generators.create("lggan", num_labels=35, edges=True, size=(64, 128), width=4)
"""

from generators._base import Generator as Generator
from generators._base import Objective as Objective
from generators._base import Stages as Stages
from generators._base import parameter_count as parameter_count
from generators._crossview import CrossViewGenerator as CrossViewGenerator
from generators._crossview import View as View
from generators._editing import EditingGenerator as EditingGenerator
from generators._editing import edit_condition as edit_condition
from generators._errors import GeneratorError as GeneratorError
from generators._prepared import TrainingSet as TrainingSet
from generators._recipe import NO_TRAINING as NO_TRAINING
from generators._recipe import Recipe as Recipe
from generators._registry import Info as Info
from generators._registry import create as create
from generators._registry import info as info
from generators._registry import names as names
from generators._registry import origin as origin
from generators._registry import problems as problems
from generators._registry import register as register
from generators._start import start_digest as start_digest
from generators._start import start_from as start_from
from generators._torchvision import ensure_torchvision as ensure_torchvision
from generators._training import derive_seed as derive_seed
from generators._training import train as train
from generators._weights import load_state as load_state
from generators._weights import read_state as read_state
from generators._weights import state_digest as state_digest
from generators._weights import weights_digest as weights_digest
from generators._weights import write_official as write_official
from generators.layers.blocks import initialise as initialise
from generators.layers.blocks import xavier_init as xavier_init
from generators.layers.noise import pixels_of as pixels_of
from generators.layers.noise import resample_noise as resample_noise
from generators.layers.noise import spread_noise as spread_noise
