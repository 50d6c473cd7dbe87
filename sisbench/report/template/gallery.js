// Rows of samples, columns of methods (or of one run's stages, or of its re-sampled noise); filled when scrolled to.

const views = [
  ["images", "generated images", (kind) => kind === "image"],
  ["semantics", "semantic maps", (kind) => kind === "semantics"],
];

/** What a gallery can show of the visible runs: [value, text, test of a column]. */
function viewsOf(gallery) {
  const { columns } = data.galleries[gallery];
  const offered = views.filter(([, , test]) => columns.some(([kind, , run]) => test(kind) && visible(run)));
  const runs = [...new Set(columns.map(([, , run]) => run))].filter((run) => run !== null && visible(run));
  for (const run of runs) {
    const own = columns.filter(([, , of]) => of === run).map(([kind]) => kind);
    const { label } = data.runs[run];
    const one = (...kinds) => (kind, of) => of === run && kinds.includes(kind);
    if (own.includes("stage")) offered.push([`stages-${run}`, `stages of ${label}`, one("stage", "image", "semantics")]);
    if (own.includes("variant")) offered.push([`noise-${run}`, `noise of ${label}`, one("image", "variant")]);
  }
  return offered;
}

function galleryBody() {
  document.getElementById("without-script").hidden = true;
  const body = document.getElementById("gallery-body");
  const view = make("select", { id: "gallery-view" });
  const cell = make("select", { id: "gallery-cell" });
  setOptions(cell, [["96px", "small"], ["160px", "medium"], ["256px", "large"]]);
  cell.value = window.innerWidth < 640 ? "96px" : "160px";
  const note = make("p", { className: "muted" });
  const region = make("div", { className: "scroll pictures", tabIndex: 0, role: "region", "aria-labelledby": "gallery-title" });
  const options = make("div", { className: "options" }, make("label", {}, "Show ", view), make("label", {}, "Size ", cell));
  body.append(options, note, region);

  const draw = () => {
    const run = visibleRuns().find((one) => data.runs[one].gallery >= 0);
    const any = run !== undefined;
    options.hidden = region.hidden = !any;
    note.textContent = any ? "" : "The runs that are shown have no images on this page.";
    if (any) drawGallery(data.runs[run].gallery, view, region, note);
  };
  view.addEventListener("change", draw);
  cell.addEventListener("change", () => region.style.setProperty("--cell", cell.value));
  region.style.setProperty("--cell", cell.value);
  onChange(draw);
}

function drawGallery(gallery, view, region, note) {
  const { dataset, split, shown, total, columns, reason } = data.galleries[gallery];
  const offered = viewsOf(gallery);
  setOptions(view, offered.map(([value, text]) => [value, text]));
  const test = offered.find(([value]) => value === view.value)[2];
  const chosen = columns.map((_, column) => column).filter((column) => {
    const [kind, , run] = columns[column];
    return run === null || (visible(run) && test(kind, run));
  });
  note.replaceChildren(named(dataset), " ", named(split),
    shown.length < total ? `: ${shown.length} of ${total} samples, evenly spaced. ` : `: all ${total} samples. `,
    reason ? `Layouts and real images are not at hand: ${reason}` : "Select a picture to compare it.");
  const heads = chosen.map((column) => {
    const [kind, label, run] = columns[column];
    return make("th", { scope: "col" }, named(kind === "semantics" && run !== null ? nameOf(gallery, column).label : label));
  });
  const body = make("tbody");
  const observer = lazily(region, (row) => fillRow(row, gallery, chosen));
  for (const key of shown) {
    const open = make("button", { type: "button", className: "plain" }, named(key));
    open.addEventListener("click", () => openViewer(gallery, key));
    const row = make("tr", {}, make("th", { scope: "row" }, open));
    row.dataset.key = key;
    body.append(row);
    observer.observe(row);
  }
  region.style.setProperty("--aspect", aspect(gallery));
  region.replaceChildren(make("table", {}, make("caption", { className: "hidden" }, `Images of ${dataset}, ${split}`),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "sample"), ...heads)), body));
}

function fillRow(row, gallery, chosen) {
  const { key } = row.dataset;
  for (const column of chosen) {
    const shown = picture(gallery, key, column);
    shown.addEventListener("click", () => openViewer(gallery, key, column));
    row.append(make("td", {}, shown));
  }
}

document.addEventListener("DOMContentLoaded", galleryBody);
