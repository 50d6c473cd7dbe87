// What all parts share: the data, the filters, and how pictures are found. Names are only ever set as text.

const data = JSON.parse(document.getElementById("data").textContent);
const state = { protocol: data.runs[0].protocol, dataset: "", method: "", text: "" };
const listeners = [];

/** Call a function now and whenever a filter has changed. */
function onChange(listener) {
  listeners.push(listener);
  listener();
}

/** Make an element; children are elements or text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** A name that someone chose: isolated, so that it cannot turn the text around it. */
function named(text) {
  return make("bdi", {}, text);
}

function visible(run) {
  const entry = data.runs[run];
  return entry.protocol === state.protocol && (!state.dataset || entry.dataset === state.dataset)
    && (!state.method || entry.method === state.method)
    && state.text.split(/\s+/).every((word) => entry.text.includes(word));
}

/** Numbers of the runs that are shown. */
function visibleRuns() {
  return data.runs.map((_, run) => run).filter(visible);
}

const parsed = new Map();

/** Pictures of one sample by column: {src} or {problem}. */
function pictures(gallery, key) {
  const chunk = data.galleries[gallery].chunks[key];
  if (!parsed.has(chunk)) {
    const found = new Map();
    for (const line of document.getElementById(`chunk-${chunk}`).textContent.split("\n")) {
      const space = line.indexOf(" ");
      const rest = line.slice(space + 1);
      found.set(Number(line.slice(0, space)), rest.startsWith("!")
        ? { problem: data.problems[Number(rest.slice(1))] }
        : { src: `data:image/webp;base64,${rest}` });
    }
    parsed.set(chunk, found);
  }
  return parsed.get(chunk);
}

/** An image, or a box that says why there is none. */
function picture(gallery, key, column) {
  const found = pictures(gallery, key).get(column);
  const { label } = nameOf(gallery, column);
  if (!found) return make("div", { className: "absent" }, "not there");
  if (found.problem) return make("div", { className: "absent", title: found.problem }, "unreadable");
  return make("img", { src: found.src, alt: `${label}, ${key}`, decoding: "async", draggable: false });
}

/** What a column shows, in words: its label, and with the run where the label alone does not say it. */
function nameOf(gallery, column) {
  const [kind, label, run] = data.galleries[gallery].columns[column];
  const inner = kind === "image" || run === null;
  return { kind, run, label: inner ? label : `${data.runs[run].label}: ${label}` };
}

/** Scale of a gallery's cells for its style: width over height. */
function aspect(gallery) {
  const size = data.galleries[gallery].size;
  return size ? size[1] / size[0] : 2;
}

/** Fill elements when they come near the view of a scroller, once. */
function lazily(root, fill) {
  return new IntersectionObserver((entries, observer) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      observer.unobserve(entry.target);
      fill(entry.target);
    }
  }, { root, rootMargin: "300px" });
}

/** Replace the options of a select; the value stays where it still exists. */
function setOptions(select, options) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  if (options.some(([value]) => String(value) === before)) select.value = before;
}
