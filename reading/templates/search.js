"use strict";
/* The search of the reading copy. Its texts are strangers': they only ever become text nodes, never markup. */
(() => {
  const MEDIA = 1, CHANGED = 2, VANISHED = 4, NEW = 8, SHOWN = 50, AROUND = 90;
  const all = [], place = id => document.getElementById(id);
  const root = place("sok"), told = place("svar"), list = place("traffar"), more = place("fler"), box = place("ord");
  const say = name => root.dataset[name];
  const kinds = new Map([...place("slag").options].filter(o => o.value).map(o => [o.value, o.textContent]));
  const months = say("months").split(" "), parts = Number(say("parts"));
  const simple = /^[\x00-\x7fåäöé]*$/, lost = [];
  let hits = [], shown = 0, sorted = true, waiting = 0;

  /* Letters as people type them: small, without accents; å, ä and ö are letters of their own. */
  const letters = new Map();
  function letter(one) {
    let found = letters.get(one);
    if (found === undefined) {
      const small = one.toLowerCase();
      found = "åäö".includes(small) ? small : small.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace("ς", "σ");
      letters.set(one, found);
    }
    return found;
  }
  function fold(text) {
    const small = text.toLowerCase();
    return simple.test(small) ? small.replaceAll("é", "e") : Array.from(text, letter).join("");
  }
  const number = value => String(value).replace(/\B(?=(\d{3})+$)/g, say("thousands"));

  window.arsring = rows => {
    for (const [page, anchor, day, kind, flags, author, text] of rows)
      all.push({page, anchor, day, kind, flags, author, text, folded: fold(author + "\n" + text)});
    sorted = false;
  };

  function read(part) {
    if (part < 1) {
      root.dataset.read = "all";
      search();
      return;
    }
    const script = document.createElement("script");
    script.src = say("up") + "sok/" + String(part).padStart(3, "0") + ".js";
    const next = () => {
      script.remove();
      if (part % 4 === 0) search();
      setTimeout(read, 0, part - 1);
    };
    script.onload = next;
    script.onerror = () => { lost.push("sok/" + String(part).padStart(3, "0") + ".js"); next(); };
    document.head.append(script);
  }

  function wanted() {
    const typed = fold(box.value.normalize("NFC"));
    const words = Array.from(typed.matchAll(/"([^"]+)"?|[^\s"]+/g), m => (m[1] ?? m[0]).trim()).filter(Boolean);
    const ticked = (...of) => of.reduce((sum, [flag, name]) => sum | (place(name)?.checked ? flag : 0), 0);
    const media = ticked([MEDIA, "media"]), state = ticked([CHANGED, "changed"], [VANISHED, "vanished"], [NEW, "new"]);
    return {words, media, state, year: place("ar").value, kind: place("slag").value};
  }

  function search() {
    const {words, media, state, year, kind} = wanted();
    if (!sorted) {
      all.sort((a, b) => (a.kind === "gap") - (b.kind === "gap") || b.day - a.day);
      sorted = true;
    }
    const any = words.length || media || state || year || kind, from = Number(year) * 10000, to = from + 10000;
    hits = !any ? [] : all.filter(row => /* each group asks; within the states any will do: nothing is new and gone at once */
      (!media || row.flags & media) && (!state || row.flags & state) && (!kind || row.kind === kind) &&
      (!year || (row.day >= from && row.day < to)) && words.every(word => row.folded.includes(word)));
    shown = 0;
    list.replaceChildren();
    if (any) show(words);
    more.hidden = shown >= hits.length;
    const reading = root.dataset.read === "all" ? "" : say("reading");
    const found = hits.length === 1 ? say("hit") : number(hits.length) + " " + say("hits");
    const answer = any ? (hits.length || reading ? found : say("none")) : reading ? "" : say("nothing");
    told.textContent = [answer, reading].filter(Boolean).join(". ");
    place("fel").hidden = !lost.length;
    place("filer").textContent = lost.join(", ");
    remember();
  }

  function show(words) {
    const some = document.createDocumentFragment();
    for (const row of hits.slice(shown, shown + SHOWN)) some.append(hit(row, words));
    shown = Math.min(shown + SHOWN, hits.length);
    list.append(some);
    more.hidden = shown >= hits.length;
  }

  function make(tag, text, known = {}) {
    const found = Object.assign(document.createElement(tag), known);
    if (text !== undefined) found.textContent = text;
    return found;
  }

  function hit(row, words) {
    const found = make("li", undefined, {className: "hit"}), head = make("h3"), link = make("a");
    if (/^[\w-]+\.html$/.test(row.page) && /^[\w-]*$/.test(row.anchor)) link.href = row.page + "#" + row.anchor;
    link.append(kinds.get(row.kind) ?? row.kind);
    if (row.author) link.append(": ", make("bdi", row.author));
    head.append(link);
    const states = [[CHANGED, "changed"], [VANISHED, "vanished"], [NEW, "new"], [MEDIA, "media"]]
      .filter(([flag]) => row.flags & flag).map(([, name]) => say(name));
    const text = make("p", undefined, {dir: "auto", className: "text"});
    marked(text, row.text, words);
    found.append(head, make("p", [row.kind === "gap" ? dated(row.day) : date(row.day), ...states].join(" · "), {className: "when"}), text);
    return found;
  }

  function date(day) {
    if (!day) return say("undated");
    return day % 100 + " " + (months[Math.floor(day / 100) % 100 - 1] ?? "") + " " + Math.floor(day / 10000);
  }

  const dated = day => day ? say("dated") + " " + date(day) : say("unknown");

  /* What stands around the first word that was found, every word marked. */
  function marked(into, text, words) {
    const letters = Array.from(text), starts = [];
    let folded = "";
    letters.forEach((one, i) => { for (const _ of letter(one)) starts.push(i); folded += letter(one); });
    const first = words.map(word => folded.indexOf(word)).filter(at => at >= 0).sort((a, b) => a - b)[0] ?? 0;
    const from = Math.max(0, (starts[first] ?? 0) - AROUND), to = Math.min(letters.length, from + 3 * AROUND);
    const lit = new Set();
    for (const word of words)
      for (let at = folded.indexOf(word); at >= 0 && starts[at] < to; at = folded.indexOf(word, at + word.length))
        for (let i = 0; i < word.length; i++) lit.add(starts[at + i]);
    if (from) into.append("… ");
    for (let i = from; i < to;) {
      const on = lit.has(i);
      let end = i;
      while (end < to && lit.has(end) === on) end++;
      const piece = letters.slice(i, end).join("");
      into.append(on ? make("mark", piece) : piece);
      i = end;
    }
    if (to < letters.length) into.append(" …");
  }

  /* What is asked for stands in the page's address: the way back from a post leads to the same hits. */
  const fields = [...root.querySelectorAll("input, select")];
  function remember() {
    const asked = new URLSearchParams();
    for (const one of fields) {
      const value = one.type === "checkbox" ? (one.checked ? "1" : "") : one.value;
      if (value) asked.set(one.id, value);
    }
    const hash = "#" + asked;
    if (hash !== (location.hash || "#")) history.replaceState(null, "", location.pathname + location.search + hash);
  }
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const one = fields.find(field => field.id === name);
    if (one?.type === "checkbox") one.checked = value === "1";
    else if (one) one.value = value;
  }

  const later = () => { clearTimeout(waiting); waiting = setTimeout(search, 120); };
  root.addEventListener("input", later);
  root.addEventListener("change", () => { clearTimeout(waiting); search(); });
  more.addEventListener("click", () => {
    const next = list.children.length;
    show(wanted().words);
    list.children[next]?.querySelector("a").focus();
  });
  place("utan").hidden = true;
  root.hidden = false;
  search();
  read(parts);
})();
