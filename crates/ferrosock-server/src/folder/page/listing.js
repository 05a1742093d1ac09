// What the listing can do beyond links and forms: sort and filter in place, local times, uploads by drop and with progress.
"use strict";

document.documentElement.classList.add("js");

const one = (selector) => document.querySelector(selector);
const table = one("table.list");
const body = table && table.tBodies[table.tBodies.length - 1];
const paged = Boolean(one(".pages"));

// Times, as the reader's clock has them.
const near = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("td.date time")) {
  const date = new Date(time.dateTime);
  if (!Number.isNaN(date.getTime())) {
    time.title = time.dateTime;
    time.textContent = near.format(date);
  }
}

// Sorting, if all rows are here.
if (table && !paged) {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const number = (row, column) => Number(row.querySelector(`.${column}`).dataset.value);
  const by = {
    name: (a, b) => collator.compare(a.dataset.name, b.dataset.name),
    size: (a, b) => number(a, "size") - number(b, "size"),
    date: (a, b) => number(a, "date") - number(b, "date"),
  };
  for (const head of table.tHead.rows[0].cells) {
    const link = head.querySelector("a");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const key = head.dataset.key;
      const descending = head.getAttribute("aria-sort") === "ascending";
      const folders = (row) => (row.classList.contains("folder-row") ? 0 : 1);
      const rows = Array.from(body.rows);
      rows.sort((a, b) => folders(a) - folders(b) || (descending ? by[key](b, a) : by[key](a, b)) || by.name(a, b));
      body.append(...rows);
      for (const each of table.tHead.rows[0].cells) {
        each.removeAttribute("aria-sort");
      }
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const query = new URLSearchParams(location.search);
      query.set("sort", key);
      query.set("order", descending ? "desc" : "asc");
      history.replaceState(null, "", `?${query}`);
    });
  }
}

// Filtering, if all rows are here; else, and once it has done so, the form asks the server.
const filter = one("input[type=search]");
if (filter && body && !paged && !filter.value) {
  const count = one(".count");
  const total = count && count.textContent;
  const apply = () => {
    const wanted = filter.value.trim().toLowerCase();
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    if (count) {
      count.textContent = wanted ? `${shown} of ${body.rows.length} shown` : total;
    }
  };
  filter.addEventListener("input", apply);
  filter.form.addEventListener("submit", (event) => event.preventDefault());
}
addEventListener("keydown", (event) => {
  if (filter && event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    event.preventDefault();
    filter.focus();
  }
});

// Uploads: each file by a PUT of its own, two at a time.
const list = one(".uploads");
if (list) {
  const overwrite = list.dataset.overwrite === "yes";
  const most = Number(list.dataset.most) || Infinity;
  const waiting = [];
  let running = 0;
  let failed = 0;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const send = async (file, item) => {
    const how = item.querySelector(".how");
    const bar = item.querySelector("progress");
    const end = (good, text) => {
      item.classList.add(good ? "good" : "bad");
      how.textContent = text;
      bar.remove();
      failed += good ? 0 : 1;
    };
    if (file.size > most) {
      return end(false, "too large");
    }
    const url = `./${encodeURIComponent(file.name)}`;
    try {
      // An answer in the middle of an upload is easily lost, so what can be known is asked before.
      const query = `./?q=${encodeURIComponent(file.name)}`;
      const options = { headers: { Accept: "application/json" }, cache: "no-store" };
      const there = overwrite ? [] : (await (await fetch(query, options)).json()).entries;
      if (there.some((entry) => entry.name === file.name)) {
        return end(false, "there is a file of this name");
      }
    } catch {
      return end(false, "the server does not answer");
    }
    await new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const done = (good, text) => {
        end(good, text);
        resolve();
      };
      request.open("PUT", url);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) {
          bar.max = event.total || 1;
          bar.value = event.loaded;
          how.textContent = `${Math.floor((100 * event.loaded) / (event.total || 1))} %`;
        }
      });
      request.addEventListener("load", () => {
        const good = request.status >= 200 && request.status < 300;
        done(good, good ? "done" : (request.response && request.response.error) || `failed (${request.status})`);
      });
      request.addEventListener("error", () => done(false, "the connection broke"));
      request.addEventListener("abort", () => done(false, "given up"));
      request.send(file);
    });
  };

  const next = () => {
    while (running < 2 && waiting.length) {
      const [file, item] = waiting.shift();
      running += 1;
      send(file, item).finally(() => {
        running -= 1;
        next();
      });
    }
    if (!running && !waiting.length) {
      if (!failed) {
        setTimeout(() => location.reload(), 700);
      } else if (list.querySelector(".good") && !list.querySelector(".again")) {
        const again = element("a", "again", "Show the new files");
        again.href = location.href;
        const item = document.createElement("li");
        item.append(again);
        list.append(item);
      }
    }
  };

  const add = (files) => {
    for (const file of files) {
      const item = document.createElement("li");
      const bar = document.createElement("progress");
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      item.append(element("span", "what", file.name), element("span", "how", "waiting"), bar);
      list.append(item);
      waiting.push([file, item]);
    }
    if (waiting.length) {
      list.classList.add("on");
      next();
    }
  };

  const chooser = one("form.upload input[type=file]");
  one(".choose").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    add(Array.from(chooser.files));
    chooser.value = "";
  });

  let depth = 0;
  const carries = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  const drag = (change) => (event) => {
    if (carries(event)) {
      event.preventDefault();
      depth = Math.max(0, depth + change);
      document.body.classList.toggle("dragging", depth > 0);
    }
  };
  addEventListener("dragenter", drag(1));
  addEventListener("dragleave", drag(-1));
  addEventListener("dragover", drag(0));
  addEventListener("drop", (event) => {
    if (carries(event)) {
      event.preventDefault();
      depth = 0;
      document.body.classList.remove("dragging");
      // A folder has no content that can be sent as a file.
      const items = Array.from(event.dataTransfer.items || []);
      const isFile = (item) => item.kind === "file" && !(item.webkitGetAsEntry && item.webkitGetAsEntry()?.isDirectory);
      add(items.length ? items.filter(isFile).map((item) => item.getAsFile()) : event.dataTransfer.files);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (running) {
      event.preventDefault();
    }
  });
}
