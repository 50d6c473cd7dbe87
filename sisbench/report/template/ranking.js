// The best and the worst images of every run by one metric.

function rankingBody() {
  const body = document.getElementById("ranking-body");
  const metric = make("select", { id: "ranking-metric" });
  const options = make("div", { className: "options" }, make("label", {}, "Metric ", metric));
  const region = make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-labelledby": "ranking-title" });
  const note = make("p", { className: "muted" });
  body.append(options, note, region);
  const draw = () => {
    const runs = visibleRuns().filter((run) => Object.keys(data.runs[run].ranking).length);
    const without = visibleRuns().filter((run) => !data.runs[run].ranked).map((run) => data.runs[run].label);
    options.hidden = region.hidden = !runs.length;
    note.textContent = without.length ? `No values of single images beside the records of: ${without.join(", ")}.` : "";
    if (!runs.length && !without.length) note.textContent = "The runs that are shown have no images to rank.";
    if (!runs.length) return;
    const outputs = [...new Set(runs.flatMap((run) => Object.keys(data.runs[run].ranking)))];
    setOptions(metric, outputs.map((output) => [output, output]));
    drawRanking(region, runs.filter((run) => metric.value in data.runs[run].ranking), metric.value);
  };
  metric.addEventListener("change", draw);
  onChange(draw);
}

function drawRanking(region, runs, output) {
  const observer = lazily(null, (row) => fillStrips(row, output));
  const body = make("tbody");
  for (const run of runs) {
    const link = make("a", { href: `#run-${run}` }, named(data.runs[run].label));
    const row = make("tr", {}, make("th", { scope: "row" }, link), ...["worst", "best"].map((side) => {
      const strip = make("div", { className: "strip" });
      strip.dataset.side = side;
      return make("td", {}, strip);
    }));
    row.dataset.run = run;
    row.style.setProperty("--aspect", aspect(data.runs[run].gallery));
    body.append(row);
    observer.observe(row);
  }
  const heads = ["run", "worst", "best"].map((text) => make("th", { scope: "col" }, text));
  region.style.setProperty("--cell", "128px");
  region.replaceChildren(make("table", { className: "ranks" }, make("caption", { className: "hidden" }, `Worst and best images by ${output}`),
    make("thead", {}, make("tr", {}, ...heads)), body));
}

function fillStrips(row, output) {
  const run = Number(row.dataset.run);
  const { gallery, ranking } = data.runs[run];
  const column = data.galleries[gallery].columns.findIndex(([kind, , of]) => kind === "image" && of === run);
  for (const strip of row.querySelectorAll(".strip")) {
    for (const [key, value] of ranking[output][strip.dataset.side]) {
      const button = make("button", { type: "button", title: key }, picture(gallery, key, column));
      button.addEventListener("click", () => openViewer(gallery, key, column));
      strip.append(make("figure", {}, button, make("figcaption", {}, value)));
    }
  }
}

document.addEventListener("DOMContentLoaded", rankingBody);
