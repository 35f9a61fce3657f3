/* The page as a whole. */

function commitNode(title, commit) {
	return commit && fact(title, commit.commit ? code(commit.commit.slice(0, 12)) : "not committed");
}

function tile(value, label, state) {
	return el("div.tile" + (state ? "." + state : ""), null, el("dt", null, label), el("dd", null, number(value)));
}

function tiles() {
	const s = doc.summary, open = entries.filter((e) => !e.quiet);
	const not = doc.unread.length ? tile(doc.unread.length, "not read", "bad") : "";
	if (!isDrift)
		return el("dl.tiles", null, tile(s.delete, "to delete", s.delete && "bad"), tile(s.update, "to update"),
			tile(s.create, "to create"), s.adopt ? tile(s.adopt, "to adopt") : "", s.drift ? tile(s.drift, "drifted", "some") : "",
			tile(s.calls, "calls"), s.unmanaged ? tile(s.unmanaged, "not in git") : "", not);
	const quiet = entries.filter((e) => e.quiet).length, fresh = open.filter((e) => e.fresh).length;
	return el("dl.tiles", null, tile(open.length, "open", open.length && "some"),
		doc.drift?.history ? tile(fresh, "new", fresh && "some") : "",
		doc.drift?.resolved.length ? tile(doc.drift.resolved.length, "resolved") : "",
		quiet ? tile(quiet, "let be") : "", not);
}

function headerNode() {
	const created = clock(doc.meta.created);
	return el("header.top", null,
		el("div.title", null, el("h1", null, isDrift ? "Drift" : "Plan",
			doc.organization ? [" of ", said(doc.organization)] : ""),
		el("dl.facts", null, fact("Scope", said(doc.scope)), doc.path ? fact("Configuration", code(doc.path)) : "",
			created ? fact("Made", created) : "", commitNode("Base", doc.base), commitNode("Head", doc.head),
			doc.target && commitNode("Target", doc.target), fact("By", said(doc.meta.tool)),
			!isDrift && doc.summary.calls ? fact("Takes", `about ${number(doc.meta.estimate_seconds)} s`) : "")),
		tiles());
}

/* What nobody may miss: refusals, and what was not read. */
function alerts() {
	const out = [];
	const refused = doc.guards.filter((g) => g.result === "refuse");
	if (doc.refused || refused.length)
		out.push(el("section.alert.bad", { "aria-labelledby": "refused" }, el("h2", { id: "refused" }, "Refused: nothing may be done"),
			doc.refused && el("ul", null, doc.refused.split("\n").filter((l) => l.trim()).slice(0, 200).map((l) => el("li", null, shown(l, VALUE_MAX)))),
			refused.length > 0 && !doc.refused && el("ul", null, refused.map((g) => el("li", null, el("b", null, shown(g.name)), ": ", shown(g.detail, VALUE_MAX))))));
	if (doc.unread.length || !doc.complete)
		out.push(el("section.alert.warn", { "aria-labelledby": "unread" },
			el("h2", { id: "unread" }, doc.unread.length ? `Not read: ${count(doc.unread.length, "scope")}` : "Not everything was read"),
			el("p", null, "Nothing is said of what is in it: it is not known to be in sync."),
			pages(el("ul"), doc.unread, 10, (u) => el("li", null, code(u.scope), ": ", said(u.error),
				u.message ? [": ", said(u.message, VALUE_MAX)] : ""))));
	if (doc.drift?.trail_unread)
		out.push(el("section.alert.note", { "aria-label": "CloudTrail" },
			el("p", null, "CloudTrail could not say all: ", said(doc.drift.trail_unread, VALUE_MAX))));
	return out;
}

/* What was not looked at on purpose: nothing is said of it either. */
function passedWords() {
	const passed = doc.drift?.passed || [];
	return passed.length > 0 && fold(`Not looked at, as the configuration or the options say (${number(passed.length)})`, () =>
		pages(el("ul"), passed, 100, (pattern) =>
			el("li", null, code(pattern), scopePlace(pattern) === root ? "" : [" ", said(scopePlace(pattern).label)])));
}

function trailWords() {
	const drift = doc.drift;
	if (!drift?.since)
		return null;
	return el("p.where", null, "CloudTrail was asked from ", clock(drift.since, true), " on; ",
		drift.own_calls ? `${count(drift.own_calls, "call")} of charter's own applies left out.` : "no calls of charter's own applies.");
}

const controlBox = { live: null, list: null, chip: null };

function update() {
	const { left, quiet } = filterApply();
	listDraw(controlBox.list);
	treeUpdate();
	const whole = left === entries.length;
	const things = isDrift ? "differences" : "changes";
	controlBox.live.textContent = (whole ? `${number(left)} ${things}` : `${number(left)} of ${number(entries.length)} ${things}`) +
		(quiet ? `, ${number(quiet)} let be` : "");
	controlBox.chip.hidden = !filter.place;
	controlBox.clear.hidden = whole;
	if (filter.place)
		controlBox.chip.replaceChildren("in ", said(placeName(filter.place)), el("span.heard", null, ": show all places"),
			el("span", { "aria-hidden": "true" }, " ×"));
}

function placeSelect(place) {
	filter.place = filter.place === place || place === root ? null : place;
	update();
}

function filterClear() {
	Object.assign(filter, { text: "", kind: "", what: "", who: "", fresh: false, place: null });
	for (const [key, control] of Object.entries(controls))
		if (control.type === "checkbox")
			control.checked = false;
		else
			control.value = filter[key];
	update();
}

function filterBar() {
	const text = controls.text = el("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false",
		input: () => {
			filter.text = text.value;
			update();
		} });
	const fresh = el("input", { type: "checkbox", change: () => {
		filter.fresh = fresh.checked;
		update();
	} });
	const news = doc.drift?.history && cards.some((c) => c.fresh);
	if (news)
		controls.fresh = fresh;
	controlBox.live = el("p.count", { role: "status" });
	controlBox.chip = el("button.chip", { type: "button", click: () => placeSelect(root) });
	controlBox.clear = el("button", { type: "button", click: () => {
		filterClear();
		text.focus();
	} }, "Clear");
	return el("form.filter", { role: "search", "aria-label": "Filter", submit: (e) => e.preventDefault() },
		el("label.search", null, "Search", text),
		chooser("What", "what", cards.flatMap((c) => [...c.what]), WORDS),
		chooser("Kind", "kind", cards.map((c) => c.kind)),
		chooser("Who", "who", cards.flatMap((c) => [...c.who])),
		news && el("label.check", null, fresh, "new only"),
		controlBox.chip, controlBox.clear, controlBox.live);
}

const NOTES = [["by_hand", "To do by hand"], ["unmanaged", "In AWS and not in git"], ["leftovers", "Left by an unfinished apply"],
	["released", "No longer declared, and left as it is"], ["ignored", "Passed over by rules of ignore"],
	["warnings", "Warnings"]];

function notesSection() {
	const some = NOTES.filter(([key]) => doc[key]?.length && !(isDrift && key === "unmanaged" && doc.drift?.items));
	return some.length > 0 && section("Notes", some.map(([key, title]) => fold(`${title} (${number(doc[key].length)})`, () =>
		table(title, ["Address", "Id", "Says"], doc[key], (n) => el("tr", null,
			el("th", { scope: "row" }, n.address ? code(n.address) : "–"), el("td", null, n.id ? code(n.id) : "–"),
			el("td", null, said(n.text, VALUE_MAX)))))));
}

function resolvedSection() {
	const resolved = doc.drift?.resolved || [];
	return resolved.length > 0 && section("Resolved", table("There before, and no more", ["Address", "What", "First seen", "Resolved"],
		resolved, (r) => el("tr", null, el("th", { scope: "row" }, code(r.address)),
			el("td", null, [r.attribute, r.element].filter((s) => s).map((s, i) => [i ? " " : "", said(s)]), r.attribute ? "" : WORDS[r.kind] || ""),
			el("td", null, clock(r.first_seen, true)), el("td", null, clock(r.resolved, true))), 20));
}

function guardsSection() {
	return !isDrift && doc.guards.length > 0 && section("Guards", table("What the guards say", ["Guard", "Verdict", "Why"], 
		[...doc.guards].sort((a, b) => (b.result === "refuse") - (a.result === "refuse")),
		(g) => el("tr", null, el("th", { scope: "row" }, said(g.name)),
			el("td", null, el("span.tag" + (g.result === "refuse" ? ".rank4" : ""), null, g.result === "refuse" ? "refuses" : "passes")),
			el("td", null, said(g.detail, VALUE_MAX)))));
}

function callsSection() {
	return !isDrift && doc.calls.length > 0 && section("Calls", fold(`${count(doc.calls.length, "call")}, in order`, () =>
		table("Calls", ["No.", "Call", "Account", "After", "Input"], doc.calls, (c) => el("tr", null,
			el("th", { scope: "row" }, number(c.n)), el("td", null, code(`${c.service}:${c.operation}`)), el("td", null, said(c.account)),
			el("td", null, c.needs.slice(0, 10).join(", ") + (c.needs.length > 10 ? ", …" : "")),
			el("td", null, code(JSON.stringify(c.input), VALUE_MAX))))));
}

/* "#iam_role/crm/Deploy" opens that card, whatever the filter was. */
function cardShow() {
	const address = decoded(location.hash.slice(1));
	const card = cards.find((c) => c.address === address || c.address === location.hash.slice(1));
	if (!card)
		return;
	filterClear();
	card.open = true;
	card.group.open = true;
	const group = card.group, at = group.cards.indexOf(card);
	group.cards.splice(at, 1);
	group.cards.unshift(card);
	groups.splice(groups.indexOf(group), 1);
	groups.unshift(group);
	update();
	card.node.scrollIntoView({ block: "start" });
	card.node.querySelector("summary").focus({ preventScroll: true });
}

function pageDraw() {
	for (const card of cards)
		countUp(card.place, "count", card.entries.length);
	const list = controlBox.list = el("div.groups");
	document.getElementById("page").append(
		el("a.skip", { href: "#list" }, "To the list"),
		headerNode(),
		el("div.columns", null, treeSection(),
			el("main", { id: "list", tabindex: -1 }, alerts(), accessSection(),
				section(isDrift ? "Differences" : "Changes", trailWords(), passedWords(), filterBar(), list),
				resolvedSection(), trendSection(), guardsSection(), notesSection(), callsSection())));
	update();
	addEventListener("hashchange", cardShow);
	cardShow();
}

pageDraw();
