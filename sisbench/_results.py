"""From what the feeds found to one evaluation for each protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sisbench import metrics
from sisbench._feeds import Feed, Found
from sisbench._slots import Slot, Wanted
from sisbench.card import Protocol
from sisbench.evaluation import Evaluation, NotAvailable, Scores, Value


def collect(
    protocols: Sequence[Protocol],
    wanted: Sequence[Wanted],
    feeds: Sequence[Feed],
    reasons: Mapping[Slot, str],
    facts: Mapping[str, str],
    keys: Sequence[str],
) -> list[Evaluation]:
    """Return the evaluation of every protocol, after all batches.

    Args:
        protocols: The protocols.
        wanted: What each of them asks for.
        feeds: What ran.
        reasons: Slots that could not run at all, with the reason.
        facts: Provenance that all evaluations share.
        keys: Keys of the images (or layouts), in the order of the pass.
    """
    findings = _Findings(dict(reasons))
    for feed in feeds:
        findings.add(feed)
    return [findings.evaluation(p, want, facts, keys) for p, want in zip(protocols, wanted, strict=True)]


class _Findings:
    """What all feeds found, by slot.

    Args:
        failed: Slots that could not run, with the reason.
    """

    def __init__(self, failed: dict[Slot, str]) -> None:
        self.failed = failed
        self.found: dict[Slot, Found] = {}
        self.real: dict[Slot, Scores] = {}
        self.networks: dict[Slot, Mapping[str, str]] = {}
        self.warnings: dict[Slot, str] = {}

    def add(self, feed: Feed) -> None:
        """Take in the findings of one feed."""
        self.found |= feed.found()
        self.real |= feed.finish()
        self.failed |= feed.failed()
        self.networks |= feed.networks
        self.warnings |= feed.warnings()

    def evaluation(
        self, protocol: Protocol, wanted: Wanted, facts: Mapping[str, str], keys: Sequence[str]
    ) -> Evaluation:
        """Return the evaluation of one protocol."""
        results: dict[str, Value | NotAvailable] = {}
        real: dict[str, Value | NotAvailable] = {}
        per_class: dict[str, Mapping[str, Value]] = {}
        real_per_class: dict[str, Mapping[str, Value]] = {}
        higher_is_better: dict[str, bool] = {}
        per_image: dict[str, tuple[float, ...]] = {}
        warnings = dict.fromkeys(self.warnings[s] for s in wanted.slots.values() if s in self.warnings)
        provenance = {**facts, "protocol": protocol.name, "protocol_sha256": protocol.digest()}
        for name in wanted.names:
            slot, metric = wanted.slots.get(name), metrics.get(name)
            missing = NotAvailable(self._reason(name, slot, wanted, metric.absent))
            found = self.found.get(slot) if slot else None
            theirs = self.real.get(slot) if slot else None
            for output in metric.outputs:
                results[output] = found.scores.results.get(output, missing) if found else missing
                higher_is_better[output] = metric.higher_is_better
                if metric.one_sided and not metric.needs.startswith("samples:"):
                    real[output] = theirs.results.get(output, missing) if theirs else missing
            if found and slot:
                per_class |= found.scores.per_class
                per_image |= {output: tuple(values) for output, values in found.per_image.items()}
                provenance |= self.networks.get(slot, {})
            if theirs:
                real_per_class |= theirs.per_class
        return Evaluation(
            n=len(keys),
            results=results,
            real=real,
            per_class=per_class,
            real_per_class=real_per_class,
            higher_is_better=higher_is_better,
            provenance=provenance,
            warnings=tuple(warnings),
            keys=tuple(keys),
            per_image=per_image,
        )

    def _reason(self, name: str, slot: Slot | None, wanted: Wanted, absent: str) -> str:
        return wanted.reasons.get(name) or (self.failed.get(slot) if slot else None) or absent
