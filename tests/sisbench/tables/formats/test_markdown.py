"""Tables in Markdown."""

from __future__ import annotations

import re

from sisbench.tables.formats.markdown import escaped, markdown
from tests.sisbench.tables.example import example, hostile

EXPECTED = """\
### An example

| Method | VGG |  | City mIoU ↑ | City FID ↓ | LPIPS |
| :-- | :-- | :-- | --: | --: | --: |
| A | yes | published | _40.0_<sup>1</sup> | 50.0 | 0.50 ± 0.10 |
| B | no | published | **60.0** | **30.5** |  |
|  |  | measured | 59.3<sup>pt</sup> | 30.4<sup>pt</sup> |  |
|  |  | difference | -0.7 | -0.1 |  |
|  |  | 95 % interval | 58.3–60.2 |  |  |
|  |  | n | 500 | 400 |  |
| C |  | measured, n = 500 |  | 0.0<sup>lwi</sup> |  |
|  |  | 95 % interval |  | -1.0 to 0.9 |  |
| D |  |  |  |  |  |

- <sup>1</sup> second-hand
"""


def test_a_whole_table() -> None:
    assert markdown(example()).startswith(EXPECTED)


def test_what_markdown_would_read_is_escaped() -> None:
    assert escaped("a|b*c_d`e[f](g)<h>&\\") == r"a\|b\*c\_d\`e\[f\](g)&lt;h&gt;&amp;\\"
    text = markdown(hostile())
    assert "<script" not in text
    assert set(re.findall(r"<[^>]*>", text)) == {"<sup>", "</sup>"}
    body = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in body} == {5}
