// One sample: two of its pictures under a slider, all of them below.

const viewer = document.getElementById("viewer");

/** Columns that a sample has pictures in, of the runs that are shown. */
function columnsOf(gallery, key) {
  return [...pictures(gallery, key).keys()].filter((column) => {
    const { run } = nameOf(gallery, column);
    return run === null || visible(run);
  });
}

/** Open a sample. `right` is the column to compare; the real image is on the left unless it is the one. */
function openViewer(gallery, key, right) {
  const columns = columnsOf(gallery, key);
  const kinds = columns.map((column) => nameOf(gallery, column).kind);
  const first = (kind) => columns[kinds.indexOf(kind)];
  const end = right ?? first("image") ?? columns[0];
  const start = [first("real"), first("layout"), ...columns].find((column) => column !== undefined && column !== end);
  drawViewer(gallery, key, start ?? end, end, 50);
  if (!viewer.open) viewer.showModal();
  viewer.querySelector("input").focus();
}

function drawViewer(gallery, key, left, right, at) {
  const title = make("h2", { id: "viewer-title" }, named(key));
  const neighbour = (step, text) => {
    const { shown } = data.galleries[gallery];
    const index = shown.indexOf(key) + step;
    const button = make("button", { type: "button", disabled: !shown.includes(key) || index < 0 || index >= shown.length }, text);
    button.addEventListener("click", () => {
      const held = columnsOf(gallery, shown[index]);
      const kept = (column) => (held.includes(column) ? column : held[0]);
      drawViewer(gallery, shown[index], kept(left), kept(right), at);
      [...viewer.querySelectorAll("header button")].find((one) => one.textContent === text && !one.disabled)?.focus();
    });
    return button;
  };
  const close = make("button", { type: "button" }, "Close");
  close.addEventListener("click", () => viewer.close());
  const body = make("div", { className: "dialog-body" }, sides(gallery, key, left, right), slider(gallery, key, left, right, at),
    everyPicture(gallery, key, left, right));
  viewer.style.setProperty("--aspect", aspect(gallery));
  viewer.replaceChildren(make("header", {}, title, neighbour(-1, "Previous"), neighbour(1, "Next"), close), body);
}

/** Two selects that say what is compared. */
function sides(gallery, key, left, right) {
  const options = columnsOf(gallery, key).map((column) => [column, nameOf(gallery, column).label]);
  const side = (id, text, value, redraw) => {
    const select = make("select", { id });
    setOptions(select, options);
    select.value = value;
    select.addEventListener("change", () => {
      redraw(Number(select.value));
      document.getElementById(id).focus();
    });
    return make("label", {}, text, select);
  };
  const at = () => Number(viewer.querySelector("input").value);
  return make("div", { className: "sides" },
    side("viewer-left", "Left", left, (column) => drawViewer(gallery, key, column, right, at())),
    side("viewer-right", "Right", right, (column) => drawViewer(gallery, key, left, column, at())));
}

function slider(gallery, key, left, right, at) {
  const before = picture(gallery, key, left);
  const after = picture(gallery, key, right);
  before.classList.add("before");
  after.classList.add("after");
  const range = make("input", { type: "range", min: 0, max: 100, step: 1, value: at, "aria-label": "Share of the left picture" });
  const figure = make("figure", { className: "compare" }, after, before, make("span", { className: "edge" }), range);
  const move = () => {
    figure.style.setProperty("--at", `${range.value}%`);
    range.setAttribute("aria-valuetext",
      `${range.value} % ${nameOf(gallery, left).label}, ${100 - range.value} % ${nameOf(gallery, right).label}`);
  };
  range.addEventListener("input", move);
  move();
  return figure;
}

/** All pictures of the sample; one that is selected goes to the right side of the slider. */
function everyPicture(gallery, key, left, right) {
  const list = make("ul", { className: "all" });
  for (const column of columnsOf(gallery, key)) {
    const { label } = nameOf(gallery, column);
    const button = make("button", { type: "button", "aria-pressed": String(column === right) }, picture(gallery, key, column),
      make("span", {}, named(label)));
    button.addEventListener("click", () => {
      drawViewer(gallery, key, left, column, Number(viewer.querySelector("input").value));
      viewer.querySelector('.all [aria-pressed="true"]').focus();
    });
    list.append(make("li", {}, button));
  }
  return list;
}
