"""Published network files that metrics rest on: what they are, where they lie on this machine, and their digests.

Nothing is downloaded behind the user's back: only `fetch` does, and only `sisbench weights fetch` calls it. A file is
looked for in `$SISBENCH_WEIGHTS`, in `~/.cache/sisbench/weights`, among the downloads of `torch.hub`, and in the Python
package that ships it; its SHA-256 is verified at every use.

>>> from sisbench import weights
>>> weights.get("vgg16-imagenet").filename
'vgg16-397923af.pth'
>>> weights.find("lpips-alex-v0.1").name
'alex.pth'
"""

from __future__ import annotations

from sisbench.weights._download import Patience as Patience
from sisbench.weights._fetch import MIRROR_VARIABLE as MIRROR_VARIABLE
from sisbench.weights._fetch import OFFLINE_VARIABLE as OFFLINE_VARIABLE
from sisbench.weights._fetch import add as add
from sisbench.weights._fetch import fetch as fetch
from sisbench.weights._locate import WEIGHTS_VARIABLE as WEIGHTS_VARIABLE
from sisbench.weights._locate import check as check
from sisbench.weights._locate import copies as copies
from sisbench.weights._locate import find as find
from sisbench.weights._locate import folder as folder
from sisbench.weights._locate import folders as folders
from sisbench.weights._locate import how_to_get as how_to_get
from sisbench.weights._pins import pinned as pinned
from sisbench.weights._registry import Unavailable as Unavailable
from sisbench.weights._registry import Weight as Weight
from sisbench.weights._registry import catalogue as catalogue
from sisbench.weights._registry import get as get
from sisbench.weights._registry import names as names
from sisbench.weights._wanted import needed_by as needed_by
