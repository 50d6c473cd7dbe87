"""People on foot, alone and in groups, sitting, and on whatever they ride."""

from __future__ import annotations

import functools
import math

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import figures
from sisbench.tinytown.objects.bodies import dressed
from sisbench.tinytown.objects.figures import Arm, Figure
from sisbench.tinytown.objects.mould import BLACK, RUBBER, Casting, Finish, Mould, add_wheel, cast, posed, tube
from sisbench.tinytown.objects.outfits import Outfit, outfit
from sisbench.tinytown.scene import Body, Color, Place
from sisbench.tinytown.site import Site

ACTIVITIES = (
    "walking",
    "standing",
    "waiting",
    "running",
    "phoning",
    "shopping",
    "stroller",
    "dog",
    "child",
    "sitting",
    "working",
)
"""What people can be asked to do; who is working wears a safety vest. Carrying an umbrella follows from the weather."""

_BRIGHT: tuple[Color, ...] = (
    (0.02, 0.02, 0.025), (0.42, 0.03, 0.04), (0.04, 0.08, 0.30), (0.65, 0.62, 0.58), (0.62, 0.42, 0.03),
    (0.04, 0.25, 0.16), (0.35, 0.1, 0.3),
)  # fmt: skip
_PHASES = 12  # of a gait: few, so that shapes are shared


def person(site: Site, key: Key, place: Place, activity: str | None = None, detail: int | None = None) -> None:
    """Add a person, and what they push or lead as objects of their own; what they carry is theirs.

    Args:
        site: The world.
        key: For their choices.
        place: Where they stand; they face x.
        activity: One of `ACTIVITIES`. None: drawn, mostly walking.
        detail: 2 near, 1, 0 far. None: by their distance from the origin of the layout.
    """
    drawn = key.pick("activity", ACTIVITIES, (52, 12, 6, 5, 6, 8, 4, 4, 3, 0, 0))
    activity = activity or drawn
    if activity not in ACTIVITIES:
        raise ValueError(f"activity is {activity!r}; it must be one of {', '.join(ACTIVITIES)}")
    build = "child" if activity == "child" else None
    if activity in ("stroller", "dog", "working"):
        build = key.pick("grown", ("man", "woman"))
    look = outfit(key.child("outfit"), site.weather, build, sport=activity == "running", worker=activity == "working")
    if activity in ("running", "dog"):
        look = look._replace(cut=look.cut._replace(pack=""))
    umbrella = (
        site.weather.wet > 0.3
        and activity in ("walking", "standing", "waiting", "child")
        and key.chance("umbrella", 0.6)
    )
    pose = _pose(key, activity, umbrella)
    body = _wear(site, key, place, "person", look, pose, _level(place, detail))
    scale = look.height / figures.TALL
    if umbrella:
        hand = pose.wrists[0]
        _umbrella(body, key.child("umbrella"), place.local(scale * (hand[0] + 0.03), scale * hand[1], scale * hand[2]))
    elif activity == "stroller":
        _stroller(site, key.child("stroller"), place.local(0.78 * scale, 0.0))
    elif activity == "dog":
        _dog(site, key.child("dog"), place.local(key.uniform("ahead", 0.5, 1.1), 0.55 * key.sign("dog side")))
    elif activity == "shopping" or (activity in ("walking", "standing", "waiting") and key.chance("bag", 0.3)):
        hands = (0, 1) if activity == "shopping" and key.chance("two bags", 0.5) else (key.integer("hand", 2),)
        for hand_index in hands:
            x, y, z = pose.wrists[hand_index]
            _bag(body, key.child("bag", hand_index), place.local(scale * x, scale * y, scale * z))


def group(site: Site, key: Key, place: Place, count: int) -> None:
    """Add people who stand together and talk, or walk side by side.

    Args:
        site: The world.
        key: For their choices.
        place: The middle of the group; who walks, walks along x.
        count: People.
    """
    together = key.chance("walk", 0.5) and count < 4
    for index, one in enumerate(key.children("member", count)):
        if together:
            at = place.local(
                0.25 * one.normal("ahead"), 0.62 * (index - (count - 1) / 2), 0.0, 0.06 * one.normal("turn")
            )
            person(site, one, at, one.pick("who", ("walking", "child"), (8, 1)))
            continue
        angle = 2 * math.pi * (index + 0.35 * one.unit("angle")) / count
        radius = 0.35 + 0.09 * count + 0.12 * one.unit("radius")
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        person(site, one, place.local(x, y, 0.0, angle + math.pi + 0.25 * one.normal("turn")), "standing")


def sitter(site: Site, key: Key, place: Place, seat: float = 0.45, detail: int | None = None) -> None:
    """Add a person who sits.

    Args:
        site: The world.
        key: For their choices.
        place: Where the ground is below the middle of their hips; they face x.
        seat: Height of the seat, metres.
        detail: As of `person`.
    """
    look = outfit(key.child("outfit"), site.weather)
    scale = look.height / figures.TALL
    pose = figures.sitting(seat / scale, 0.5 * key.integer("slouch", 3), key.chance("cross", 0.3))
    _wear(site, key, place, "person", look._replace(cut=look.cut._replace(pack="")), pose, _level(place, detail))


def seated(
    site: Site,
    key: Key,
    place: Place,
    pose: Figure,
    kind: str = "rider",
    hat: str | None = None,
    pack: str = "",
    detail: int | None = None,
) -> None:
    """Add a person in a given pose, such as the rider of a bicycle.

    Args:
        site: The world.
        key: For their choices.
        place: Origin and direction of the pose.
        pose: Where the joints are; the person is as tall as it says.
        kind: Kind of the person.
        hat: One of `outfits.HATS`. None: what they wear on foot.
        pack: What is on the back: "", "backpack" or "delivery box".
        detail: As of `person`.
    """
    build = key.pick("rider build", ("man", "woman", "elder"), (58, 36, 6))
    look = outfit(key.child("outfit"), site.weather, build, riding=True)
    cut = look.cut._replace(pack=pack)
    if hat is not None:
        cut = cut._replace(hat=hat)
    _wear(site, key, place, kind, look._replace(cut=cut, height=figures.TALL), pose, _level(place, detail))


def _level(place: Place, detail: int | None) -> int:
    if detail is not None:
        return detail
    away = math.hypot(place.x, place.y)
    return 2 if away < 20 else 1 if away < 45 else 0


def _wear(site: Site, key: Key, place: Place, kind: str, look: Outfit, pose: Figure, detail: int) -> Body:
    body = site.scene.body(kind, place, key)
    cloth = {"pattern": float(look.pattern), "scale": look.scale}
    legs: Color = look.skin if key.chance("bare", 0.6) else (0.02, 0.02, 0.022)
    head = (
        look.hat
        if look.cut.hat not in ("peaked", "hard hat")
        else (0.016, 0.02, 0.05)
        if look.cut.hat == "peaked"
        else (0.75, 0.55, 0.05)
    )
    helmet = look.cut.hat in ("helmet", "full helmet", "hard hat")
    finishes = {
        "skin": Finish("skin", look.skin),
        "hair": Finish("plain", look.hair),
        "above": Finish("cloth", look.above, look.accent, cloth),
        "inner": Finish("cloth", look.inner, look.above),
        "below": Finish("cloth", look.below, look.above, {"pattern": float(look.pattern_below), "scale": 0.06}),
        "legs": Finish("cloth", legs),
        "shoes": Finish("plain", look.shoes),
        "hat": Finish("paint", head) if helmet else Finish("cloth", head),
        "pack": Finish("cloth", look.pack),
        "visor": Finish("glass", (0.02, 0.02, 0.025)),
    }
    cast(body, dressed(pose, look.cut, detail), finishes, look.height / figures.TALL)
    return body


def _pose(key: Key, activity: str, umbrella: bool) -> Figure:
    phase = key.integer("phase", _PHASES) / _PHASES
    stride = (0.7, 0.85, 1.0)[key.integer("stride", 3)]
    if activity == "sitting":
        return figures.sitting(0.45)
    if activity == "running":
        return figures.running(phase)
    holding = Arm(0.55, 1.75, 0.1, 0.15)
    if activity == "stroller":
        return figures.walking(phase, 0.85, (Arm(0.5, 0.55, 0.12, 0.05), Arm(0.5, 0.55, 0.12, 0.05)), 0.1)
    if activity in ("standing", "waiting", "working"):
        pose = figures.standing(
            key.pick("stance", tuple(figures.STANCES), (20, 8, 18, 10, 6, 18, 4, 12)),
            float(key.integer("shift", 3) - 1),
        )
        if umbrella:
            pose = figures.walking(0.0, 0.15, (holding, None))
        return pose
    if activity == "phoning":
        arm = key.pick("phone", (Arm(0.55, 2.35, 0.35, 0.05), Arm(0.35, 1.5, 0.1, 0.25)))
        return figures.walking(phase, stride, (arm, None))
    if activity == "shopping":
        return figures.walking(phase, 0.8 * stride, (Arm(0.05, 0.08, 0.16), Arm(-0.05, 0.08, 0.16)))
    if umbrella:
        return figures.walking(phase, stride, (holding, None))
    return figures.walking(phase, stride)


def _umbrella(holder: Body, key: Key, grip: Place) -> None:
    body = holder.scene.body("umbrella", grip, key, holder)
    color = key.pick("color", _BRIGHT, (8, 3, 3, 2, 1, 1, 2))
    tilt = shapes.turn_x(0.1 * key.normal("tilt")), shapes.turn_y(0.15)
    body.part("metal", (0.2, 0.2, 0.2)).add(posed(tube([(0, 0, -0.05), (0, 0, 0.72)], [0.012, 0.012], 3), *tilt))
    canopy = shapes.lathe([(0.52, 0.50), (0.40, 0.62), (0.20, 0.70), (0.0, 0.73)], 8)
    body.part("cloth", color, (0.6, 0.6, 0.58), pattern=float(key.chance("striped", 0.12)), scale=0.2).add(
        posed(canopy, *tilt)
    )


def _bag(holder: Body, key: Key, hand: Place) -> None:
    body = holder.scene.body("bag", hand, key, holder)
    wide, tall = key.uniform("wide", 0.24, 0.36), key.uniform("tall", 0.26, 0.40)
    color: Color = key.pick(
        "color",
        (
            (0.42, 0.28, 0.15),
            (0.68, 0.67, 0.64),
            (0.02, 0.02, 0.02),
            (0.3, 0.03, 0.04),
            (0.03, 0.15, 0.32),
            (0.12, 0.06, 0.03),
        ),
    )
    part = body.part("plain", color)
    part.box((0.0, 0.0, -0.22 - tall / 2), (wide, 0.12, tall))
    part.box((0.0, 0.0, -0.16), (0.16, 0.015, 0.14))


def _stroller(site: Site, key: Key, place: Place) -> None:
    body = site.scene.body("stroller", place, key)
    color = key.pick(
        "color", ((0.03, 0.04, 0.09), (0.02, 0.02, 0.022), (0.3, 0.04, 0.05), (0.25, 0.24, 0.22), (0.05, 0.22, 0.22))
    )
    cast(body, _stroller_casting(), {
        "cloth": Finish("cloth", color), "metal": Finish("metal", (0.35, 0.35, 0.36)), "tyre": Finish("plain", RUBBER),
        "rim": Finish("plain", (0.3, 0.3, 0.3)),
    })  # fmt: skip


@functools.cache
def _stroller_casting() -> Casting:
    mould = Mould()
    cloth = mould.part("cloth")
    cloth.prism([(-0.30, 0.55), (0.38, 0.50), (0.44, 0.72), (-0.36, 0.78)], 0.2, 0.24)
    cloth.add(shapes.ball(1), None, (-0.12, 0.0, 0.80), (0.28, 0.24, 0.26))
    metal = mould.part("metal")
    for side in (-1, 1):
        metal.add(
            tube([(0.34, side * 0.22, 0.16), (-0.25, side * 0.22, 0.72), (-0.52, side * 0.22, 1.0)], [0.018] * 3, 4)
        )
        metal.add(tube([(-0.32, side * 0.22, 0.16), (0.2, side * 0.22, 0.6)], [0.018] * 2, 4))
        for x, radius in ((0.36, 0.12), (-0.34, 0.16)):
            add_wheel(mould, (x, side * 0.28, radius), side, radius, 0.7 * radius, 0.05, 8)
    metal.add(tube([(-0.52, -0.22, 1.0), (-0.52, 0.22, 1.0)], [0.02] * 2, 4, side=(0, 0, 1)))
    return mould.casting()


def _dog(site: Site, key: Key, place: Place) -> None:
    body = site.scene.body("dog", place, key)
    size = key.uniform("size", 0.6, 1.15)
    color: Color = key.pick(
        "color", ((0.02, 0.018, 0.016), (0.32, 0.2, 0.09), (0.6, 0.57, 0.5), (0.12, 0.06, 0.03), (0.25, 0.25, 0.25))
    )
    cast(
        body,
        _dog_casting(key.integer("gait", 4)),
        {"coat": Finish("cloth", color), "nose": Finish("plain", BLACK)},
        size,
    )


@functools.cache
def _dog_casting(gait: int) -> Casting:
    mould = Mould()
    coat = mould.part("coat")
    coat.add(
        tube(
            [(-0.33, 0, 0.43), (-0.26, 0, 0.45), (0.0, 0, 0.43), (0.22, 0, 0.45), (0.36, 0, 0.58)],
            [0.05, 0.10, 0.10, 0.125, 0.07],
            8,
        )
    )
    coat.add(tube([(0.30, 0, 0.62), (0.40, 0, 0.65), (0.47, 0, 0.62), (0.56, 0, 0.60)], [0.06, 0.085, 0.065, 0.035], 7))
    coat.add(tube([(-0.32, 0, 0.48), (-0.45, 0, 0.58), (-0.50, 0, 0.70)], [0.03, 0.025, 0.015], 4))
    for side in (-1, 1):
        coat.add(
            tube(
                [(0.38, side * 0.055, 0.72), (0.36, side * 0.085, 0.62)],
                [(0.012, 0.045), (0.008, 0.03)],
                4,
                side=(0, 1, 0),
            )
        )
        for x, turn in ((0.22, 0.0), (-0.25, 0.5)):
            swing = 0.12 * math.sin(2 * math.pi * (gait / 4 + turn + 0.25 * side))
            coat.add(
                tube(
                    [(x, side * 0.07, 0.42), (x + 0.3 * swing, side * 0.075, 0.22), (x + swing, side * 0.075, 0.0)],
                    [0.06, 0.035, 0.03],
                    5,
                )
            )
    mould.part("nose").ball((0.565, 0, 0.61), 0.022, detail=0)
    return mould.casting()
