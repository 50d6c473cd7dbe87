"use strict";
/* A two-alternative study. Pictures and trials have opaque numbers; every answer is stored the moment it is given,
   under a name of its own, so that a reload, a crash or a second tab loses nothing. */
(() => {
  const GUARD_MS = 250; // a key press this early belongs to the last pair
  const PAUSE_MS = 180; // long enough to see which image was taken
  const AHEAD = 3; // pairs decoded in advance
  const $ = (id) => document.getElementById(id);
  const study = JSON.parse($("study").textContent);
  const memory = new Map();
  let rater = 0, trials = [], place = 0, shownAt = 0, open = false, timer = 0;
  const decoded = new Map();

  /* ---- answers ---- */
  const name = (trial) => `sisbench-study/${study.study}/${rater}/${trial}`;
  const read = (key) => {
    if (memory.has(key)) return memory.get(key);
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const write = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key); else localStorage.setItem(key, value);
      memory.delete(key);
    } catch {
      memory.set(key, value);
      warn("This browser does not let the page store anything: save your answers before you close or reload it.");
    }
  };
  const answerOf = (trial) => {
    const match = /^(first|second) ([0-9]{1,9})$/.exec(read(name(trial)) ?? "");
    return match && { choice: match[1], milliseconds: Number(match[2]) };
  };
  const checksum = (text) => {
    let value = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value.toString(16).padStart(8, "0");
  };
  const answers = () => trials.flatMap(([trial]) => {
    const answer = answerOf(trial);
    if (!answer) return [];
    const { choice, milliseconds } = answer;
    return [{ trial, choice, milliseconds,
      check: checksum(`${study.study}/${rater}/${trial}/${choice}/${milliseconds}`) }];
  });
  const firstOpen = () => trials.findIndex(([trial]) => !answerOf(trial));

  /* ---- pictures ---- */
  const picture = (number) => {
    const image = new Image();
    image.src = `data:image/webp;base64,${$(`image-${number}`).textContent}`;
    return image.decode().then(() => image);
  };
  const prepare = (index) => {
    if (index < trials.length && !decoded.has(index)) {
      const numbers = trials[index].slice(1);
      const ready = Promise.all(numbers.map((number) => (number === null ? null : picture(number))));
      ready.catch(() => {}); // reported when the pair is due
      decoded.set(index, ready);
    }
    return decoded.get(index);
  };

  /* ---- screens ---- */
  const screen = (id) => { for (const one of ["start", "trial", "end"]) $(one).hidden = one !== id; };
  const warn = (text) => { $("alert").textContent = text; $("alert").hidden = false; };
  const say = (text) => { $("status").textContent = text; };

  const choose = (number) => {
    rater = number;
    trials = study.raters[number - 1];
    decoded.clear();
    const done = answers().length;
    $("progress-so-far").hidden = done === 0;
    $("progress-so-far").textContent = `${done} of ${trials.length} pairs are answered.`;
    $("begin").textContent = done === 0 ? "Start" : done < trials.length ? "Go on" : "To your answers";
    const next = firstOpen();
    for (let i = next; next >= 0 && i < next + AHEAD; i++) prepare(i);
  };

  const welcome = () => {
    const count = study.raters[0].length;
    const time = study.seconds === null ? "Take as much time as you like."
      : `Each pair is visible for ${study.seconds} ${study.seconds === 1 ? "second" : "seconds"}; answer then or later.`;
    $("task").textContent = `You will see ${count} pairs of images. Choose one of each pair. ${time}`;
    $("space-key").hidden = study.seconds === null;
    $("back-key").hidden = study.seconds !== null;
    const asked = new URLSearchParams(location.search).get("rater");
    const valid = /^[0-9]{1,9}$/.test(asked ?? "") && study.raters[Number(asked) - 1] !== undefined;
    for (let i = 1; i <= study.raters.length; i++) $("rater").add(new Option(String(i), String(i)));
    if (asked !== null && !valid) {
      warn(`The address of this page asks for a rater that the study does not have; it has 1 to ${study.raters.length}.`);
    }
    $("who").hidden = valid || study.raters.length === 1;
    const last = Number(read(`sisbench-study/${study.study}`));
    const known = Number.isInteger(last) && study.raters[last - 1] !== undefined;
    $("rater").value = valid ? String(Number(asked)) : known ? String(last) : "1";
    choose(Number($("rater").value));
    screen("start");
    $("begin").focus();
  };

  const show = (index) => {
    if (index < 0) { finish(); return; }
    place = index;
    open = false;
    clearTimeout(timer);
    screen("trial");
    $("count").textContent = `${index + 1} of ${trials.length}`;
    $("bar").max = trials.length;
    $("bar").value = index;
    $("back").disabled = index === 0 || study.seconds !== null;
    for (const side of ["first", "second"]) $(side).classList.remove("chosen");
    for (const old of decoded.keys()) if (old < index - 1 || old > index + AHEAD) decoded.delete(old);
    prepare(index).then((images) => {
      if (place !== index) return;
      lay(images);
      const timed = study.seconds !== null;
      $("stage").classList.toggle("covered", timed);
      $("ready").hidden = !timed;
      if (timed) { say(`Pair ${index + 1} of ${trials.length}. Press space to see it.`); } else { reveal(); }
      for (let i = index + 1; i < index + AHEAD; i++) prepare(i);
    }, () => warn(`A picture of pair ${index + 1} cannot be shown. Tell the person who invited you.`));
  };

  const lay = ([layout, first, second]) => {
    const aspect = first.naturalWidth / first.naturalHeight;
    $("stage").style.setProperty("--aspect", String(aspect));
    $("stage").classList.toggle("wide", aspect > 1.2);
    $("stage").classList.toggle("with-layout", layout !== null);
    $("layout").hidden = layout === null;
    const places = [[layout, "#layout img"], [first, "#first img"], [second, "#second img"]];
    for (const [image, where] of places) if (image) document.querySelector(where).src = image.src;
  };

  const reveal = () => {
    $("ready").hidden = true;
    $("stage").classList.remove("covered");
    const index = place;
    requestAnimationFrame(() => { // time runs from the frame in which the pair is visible
      shownAt = performance.now();
      open = true;
      say(`Pair ${index + 1} of ${trials.length}`);
      if (study.seconds !== null) {
        timer = setTimeout(() => $("stage").classList.add("covered"), 1000 * study.seconds);
      }
    });
  };

  const answer = (side) => {
    const milliseconds = Math.round(performance.now() - shownAt);
    if (!open || milliseconds < GUARD_MS) return;
    open = false;
    clearTimeout(timer);
    write(name(trials[place][0]), `${side} ${Math.min(milliseconds, 999999999)}`);
    $(side).classList.add("chosen");
    setTimeout(() => show(firstOpen()), PAUSE_MS);
  };

  const back = () => {
    if (!open || $("back").disabled) return;
    write(name(trials[place - 1][0]), null);
    show(place - 1);
  };

  const finish = () => {
    open = false;
    clearTimeout(timer);
    place = -1;
    const count = answers().length, whole = count === trials.length;
    $("end-title").textContent = whole ? "Thank you" : "Paused";
    $("end-text").textContent = whole ? `All ${count} pairs are answered. Please save your answers now.`
      : `${count} of ${trials.length} pairs are answered. Go on now or later, or save what you have.`;
    $("resume").hidden = whole;
    $("save-json").classList.toggle("primary", whole);
    screen("end");
    $("end-title").focus();
  };

  /* ---- files ---- */
  const save = (ending, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `answers-${study.study.slice(0, 8)}-rater-${rater}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say("Saved.");
  };
  const saveJson = () => save("json", "application/json", JSON.stringify(
    { kind: "sisbench study answers", schema: 1, study: study.study, rater, answers: answers() }, null, 2) + "\n");
  const saveCsv = () => save("csv", "text/csv", ["study,rater,trial,choice,milliseconds,check",
    ...answers().map((one) => [study.study, rater, one.trial, one.choice, one.milliseconds, one.check].join(","))]
    .join("\n") + "\n");

  /* ---- hands ---- */
  const begin = () => { write(`sisbench-study/${study.study}`, String(rater)); show(firstOpen()); };
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if ($("trial").hidden) return;
    const side = { ArrowLeft: "first", ArrowUp: "first", 1: "first", ArrowRight: "second", ArrowDown: "second",
      2: "second" }[event.key];
    if (side) answer(side);
    else if (event.key === "Backspace") back();
    else if (event.key === " " && !$("ready").hidden) reveal();
    else return;
    event.preventDefault();
  });
  $("rater").addEventListener("change", () => choose(Number($("rater").value)));
  $("begin").addEventListener("click", begin);
  $("resume").addEventListener("click", () => show(firstOpen()));
  for (const side of ["first", "second"]) $(side).addEventListener("click", () => answer(side));
  $("ready").querySelector("button").addEventListener("click", reveal);
  $("back").addEventListener("click", back);
  $("pause").addEventListener("click", finish);
  $("save-json").addEventListener("click", saveJson);
  $("save-csv").addEventListener("click", saveCsv);
  $("no-script").remove();
  for (const one of document.querySelectorAll(".question")) one.textContent = study.question;
  welcome();
})();
