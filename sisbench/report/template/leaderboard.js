// Protocol switch, filters, and sorting by column.

const status = document.getElementById("status");

function addFilters() {
  const protocols = [...new Set(data.runs.map((run) => run.protocol))];
  const fieldset = document.getElementById("protocols");
  for (const protocol of protocols) {
    const input = make("input", { type: "radio", name: "protocol", value: protocol, checked: protocol === state.protocol });
    input.addEventListener("change", () => set({ protocol, dataset: "", method: "" }));
    fieldset.append(make("label", { title: protocol }, input, make("span", {}, named(protocol))));
  }
  for (const name of ["dataset", "method"]) {
    document.getElementById(`filter-${name}`).addEventListener("change", (event) => set({ [name]: event.target.value }));
  }
  document.getElementById("filter-text").addEventListener("input", (event) => {
    set({ text: event.target.value.trim().toLowerCase() });
  });
  const controls = document.getElementById("controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.hidden = false;
}

function set(changes) {
  Object.assign(state, changes);
  listeners.forEach((listener) => listener());
}

function offer(name) {
  const under = data.runs.filter((run) => run.protocol === state.protocol);
  const values = [...new Set(under.map((run) => run[name]))].sort();
  const select = document.getElementById(`filter-${name}`);
  setOptions(select, [["", "all"], ...values.map((value) => [value, value])]);
  select.value = state[name];
}

function showRuns() {
  offer("dataset");
  offer("method");
  const shown = new Set(visibleRuns());
  for (const row of document.querySelectorAll(".board tbody tr")) row.hidden = !shown.has(Number(row.dataset.run));
  for (const board of document.querySelectorAll(".board")) board.hidden = !board.querySelector("tbody tr:not([hidden])");
  for (const run of document.querySelectorAll(".run")) run.hidden = !shown.has(Number(run.dataset.run));
  document.getElementById("nothing").hidden = shown.size > 0;
  const all = data.runs.filter((run) => run.protocol === state.protocol).length;
  status.textContent = `${shown.size} of ${all} ${all === 1 ? "run" : "runs"}`;
}

/** Sort a table by a column; the first time best first, then the other way. What is not available stays below. */
function sort(header) {
  const rising = header.getAttribute("aria-sort") === "ascending"
    ? false : header.getAttribute("aria-sort") === "descending" ? true : header.dataset.better !== "high";
  const table = header.closest("table");
  const rows = [...table.tBodies[0].rows];
  const value = (row) => {
    const cell = row.cells[header.cellIndex];
    return header.dataset.better ? (cell.dataset.value === undefined ? null : Number(cell.dataset.value))
      : cell.querySelector("bdi").textContent;
  };
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = typeof x === "string" ? x.localeCompare(y, "en") : x - y;
    return rising ? order : -order;
  });
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", rising ? "ascending" : "descending");
  table.tBodies[0].append(...rows);
  status.textContent = `sorted by ${header.querySelector("bdi")?.textContent ?? "method"}, ${rising ? "ascending" : "descending"}`;
}

for (const header of document.querySelectorAll(".board thead th")) {
  const button = make("button", { type: "button" }, ...header.childNodes);
  button.addEventListener("click", () => sort(header));
  header.append(button);
}
addFilters();
onChange(showRuns);
