/* The list: groups of cards, and what the filter leaves of them. */

const filter = { text: "", kind: "", what: "", who: "", fresh: false, place: null };
const GROUP_PAGE = 30;
const OPEN_MAX = 12; /* cards of a group that is open from the start */

function isBelow(place, above) {
	for (let at = place; at; at = at.parent)
		if (at === above)
			return true;
	return false;
}

/* Every word of the search is somewhere in the card. */
function cardFits(card, words) {
	return (!filter.kind || card.kind === filter.kind) && (!filter.what || card.what.has(filter.what)) &&
		(!filter.who || card.who.has(filter.who)) && (!filter.fresh || card.fresh) &&
		(!filter.place || isBelow(card.place, filter.place)) && words.every((w) => card.words.includes(w));
}

function filterApply() {
	const words = filter.text.toLowerCase().split(/\s+/).filter((w) => w);
	let left = 0, quiet = 0;
	for (const place of places.values())
		place.shown = place.quiet = 0;
	for (const card of cards) {
		card.on = cardFits(card, words);
		if (!card.on)
			continue;
		const n = card.entries.length;
		left += n;
		quiet += card.entries[0].quiet ? n : 0;
		countUp(card.place, card.entries[0].quiet ? "quiet" : "shown", n);
	}
	return { left, quiet };
}

const GROUP_WORDS = {
	unread: ["Not read", "What is in these scopes is not known: neither in sync nor resolved."],
	unknown: ["Not known by whom", "CloudTrail has no event for these, or could not be read."],
	rule: ["Rules of ignore that have ended", "What they let be is a difference again."],
	quiet: ["Known, and let be", "Not counted as open: there before the first report, or when the issue was closed by hand."],
};
const ACTION_WORDS = { delete: "Deleted", update: "Updated", create: "Created", adopt: "Adopted" };

function callsOf(cause) {
	const calls = new Map();
	for (const event of cause.events)
		calls.set(event.operation, (calls.get(event.operation) || 0) + 1);
	const words = [...calls].slice(0, 4).map(([call, n], i) => [i ? ", " : "", code(call), n > 1 ? ` × ${n}` : ""]);
	return [words, calls.size > 4 ? ` and ${calls.size - 4} more` : ""];
}

/* "2026-11-21 22:10 to 22:15 UTC": what both have in common is said once. */
function spanNode(first, last) {
	const from = millis(first), to = millis(last);
	if (Number.isNaN(from) || Math.floor(from / 60000) === Math.floor(to / 60000))
		return clock(first, true);
	const [a, b] = [from, to].map((ms) => new Date(ms).toISOString());
	return [el("time", { datetime: a }, a.slice(0, 16).replace("T", " ")), " to ",
		el("time", { datetime: b }, a.slice(0, 10) === b.slice(0, 10) ? b.slice(11, 16) : b.slice(0, 16).replace("T", " ")), " UTC"];
}

function causeTitle(cause) {
	const one = cause.events[0];
	const span = spanNode(cause.first, cause.last);
	return [el("h3", null, said(cause.session || cause.principal)),
		el("p.where", null, said(cause.principal), span ? [" · ", span] : "",
			one ? [" · ", one.console ? "console" : "API", one.address ? [", ", said(one.address)] : ""] : ""),
		cause.events.length ? el("p.where", null, callsOf(cause)) : null];
}

function groupTitle(group) {
	if (group.kind === "cause")
		return causeTitle(group.cause);
	if (group.kind === "action")
		return el("h3", null, ACTION_WORDS[group.action] || shown(group.action));
	const [title, text] = GROUP_WORDS[group.kind];
	return [el("h3", null, title), el("p.where", null, text)];
}

function groupTags(group) {
	const rank = isDrift && RANK_WORDS[group.rank];
	return (rank || group.fresh) && el("p.tags", null, rank && el("span.tag.rank" + group.rank, null, rank),
		doc.drift?.history && group.fresh && el("span.tag.new", null, "new"),);
}

function groupNode(group) {
	const on = group.cards.filter((card) => card.on);
	const left = on.reduce((n, card) => n + card.entries.length, 0);
	const list = el("div.cards");
	const show = () => pages(list, on, LIST_PAGE, cardNode);
	const open = group.open ?? on.length <= OPEN_MAX;
	const button = el("button.fold", {
		type: "button", "aria-expanded": String(open),
		click: () => {
			group.open = button.getAttribute("aria-expanded") !== "true";
			button.setAttribute("aria-expanded", String(group.open));
			if (group.open && !list.childElementCount)
				show();
			list.hidden = !group.open;
		},
	}, count(on.length, "resource"), left !== on.length && `, ${count(left, "difference")}`,
	on.length < group.cards.length && ` of ${number(group.cards.length)}`);
	list.hidden = !open;
	if (open)
		show();
	return el("section.group.group-" + group.kind, null, el("header", null, groupTitle(group), groupTags(group)),
		group.kind === "cause" && group.cause.events.length > 0 &&
			fold(count(group.cause.events.length, "call"), () => timeline(group.cause.events)),
		button, list);
}

/* The groups that are left, in their order. */
function listDraw(box) {
	const left = groups.filter((group) => group.cards.some((card) => card.on));
	box.replaceChildren();
	if (!left.length)
		box.append(el("p.empty", null, entries.length ? "Nothing fits the filter." : nothingWords()));
	pages(box, left, GROUP_PAGE, groupNode);
}

function nothingWords() {
	if (!doc.complete || doc.unread.length)
		return "Nothing differs in what was read; not all was.";
	return isDrift ? "Nothing differs: AWS is as git has it." : "Nothing is to do.";
}

/* Choices of a filter, with how often each is there. */
function choices(values) {
	const counts = new Map();
	for (const value of values)
		if (value)
			counts.set(value, (counts.get(value) || 0) + 1);
	return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 500);
}

function chooser(label, key, values, words) {
	const list = choices(values);
	if (list.length < 2)
		return null;
	const select = el("select", { change: () => {
		filter[key] = select.value;
		update();
	} }, el("option", { value: "" }, "all"),
	list.map(([value, n]) => el("option", { value }, `${shown(words?.[value] || value, 60)} (${number(n)})`)));
	controls[key] = select;
	return el("label", null, label, select);
}

const controls = {};
