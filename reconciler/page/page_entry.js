/* A card: one resource, what differs of it, who did it, and what can be done about it. */

const LIST_PAGE = 25;
const RANK_WORDS = [null, "read access", "write access", "administrator access or guardrails", "break-glass access"];

function sourceUrl(source) {
	const blob = source.base ? more.blob_base : more.blob;
	return blob && !source.file.includes("..") && blob + source.file.split("/").map(encodeURIComponent).join("/") + (source.line ? "#L" + source.line : "");
}

function sourceNode(source) {
	const text = source.line ? `${source.file}:${source.line}` : source.file;
	return link(sourceUrl(source), code(text));
}

function quoted(text) {
	return /^[\w@%+=:,./~-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'";
}

function command(text) {
	return el("code.command", null, shown(text, 1000));
}

/* Nothing is said of a plan: its remedy is to be merged. */
function remedies(card) {
	const what = new Set(card.entries.map((e) => e.what));
	const only = ` --only ${quoted(card.address)}`, out = [];
	if (what.has("drift") || what.has("missing") || what.has("stale"))
		out.push(["Put git's state back", "charter apply --only-drift" + only]);
	if (what.has("drift"))
		out.push(["Put AWS's state into git", "charter import --drift" + only]);
	if (what.has("unmanaged"))
		out.push(["Put it into git", "charter import" + only]);
	if (!isDrift || !out.length)
		return null;
	return el("div.remedies", null, el("h4", null, "What can be done"),
		el("dl", null, out.map(([title, text]) => [el("dt", null, title), el("dd", null, command(text))])));
}

function eventNode(event, addressed) {
	return [clock(event.time), " ", code(`${event.service}:${event.operation}`),
		event.account ? [" in ", said(accountIds.get(event.account)?.label || event.account)] : "",
		event.region ? [" (", said(event.region), ")"] : "",
		addressed ? [" from ", event.console ? "the console, " : "the API, ", said(event.address || "an unknown address"),
			event.invoked_by ? [", by ", said(event.invoked_by)] : "",
			event.agent ? [el("span.where", null, " ", said(event.agent, 120))] : ""] : ""];
}

function timeline(events) {
	return pages(el("ol.timeline"), events, LIST_PAGE, (event) => el("li", null, eventNode(event, true)));
}

function fact(title, ...body) {
	return el("div", null, el("dt", null, title), el("dd", null, body));
}

function cardFacts(card) {
	const first = card.entries.find((e) => e.first_seen)?.first_seen, facts = [];
	const owners = [...new Set(card.entries.map((e) => e.owner).filter((o) => o))];
	const sources = card.entries[0].change?.sources || [card.entries.find((e) => e.source)?.source].filter((s) => s);
	const id = card.entries[0].id || card.entries[0].change?.id;
	const previous = card.entries[0].change?.previous;
	if (id)
		facts.push(fact("Id", code(id)));
	if (previous)
		facts.push(fact("Formerly", code(previous)));
	if (sources.length)
		facts.push(fact("Declared in", sources.slice(0, 20).map((s, i) => [i ? ", " : "", sourceNode(s)]),
			sources.length > 20 ? ` and ${number(sources.length - 20)} more` : ""));
	if (owners.length)
		facts.push(fact("Owner", owners.map((o, i) => [i ? ", " : "", said(o)])));
	if (isDrift && doc.drift?.history)
		facts.push(fact("First seen", first ? clock(first) : "in this report"));
	if (!isDrift) {
		const change = card.entries[0].change;
		facts.push(fact("Why", shown(change.reason)), fact("Risk", shown(change.risk)));
		if (change.calls.length)
			facts.push(fact("Calls", change.calls.slice(0, 30).join(", "), change.calls.length > 30 ? ", …" : ""));
	}
	facts.push(fact("Link", el("a", { href: "#" + encodeURIComponent(card.address) }, "to this")));
	return el("dl.facts", null, facts);
}

/* What an item says where no change shows its values. */
function itemNode(entry) {
	const what = [entry.attribute, entry.element].filter((s) => s);
	return el("p.item", null, entry.sign ? el("code.sign", null, shown(entry.sign) + " ") : "",
		what.map((s, i) => [i ? " " : "", code(s)]), what.length && entry.text ? ": " : "",
		entry.text ? said(entry.text, VALUE_MAX) : what.length ? "" : sentence(entry));
}

function sentence(entry) {
	return { missing: "Git declares it, and AWS does not have it.", unmanaged: "AWS has it, and git has never had it.",
		unread: "It could not be read: nothing is known of what is in it.", stale: "Its provisioning has not got everywhere.",
		rule: "This rule of `ignore` has ended.", delete: "It is deleted.", create: "It is created." }[entry.what] || "It differs.";
}

/* Drift is shown of drift alone: what git asks for besides is no outside change. */
function attributesOf(card) {
	const change = card.entries.find((e) => e.change)?.change;
	if (!change)
		return [];
	if (!isDrift)
		return change.attributes;
	const named = new Map();
	for (const { attribute, element } of card.entries)
		if (attribute)
			named.set(attribute, (named.get(attribute) || new Set()).add(element));
	return change.attributes.filter((a) => !named.size || named.has(a.name)).map((a) => elementsOf(a, named.get(a.name)));
}

/* Of a set or map only what items name; null: the whole. */
function elementsOf(attribute, elements) {
	if (!attribute.added || !elements || elements.has(null))
		return attribute;
	const some = (list) => list && list.filter((e) => elements.has(e.key));
	return { ...attribute, added: some(attribute.added), removed: some(attribute.removed), changed: some(attribute.changed) };
}

function cardEvents(card) {
	const events = [...new Set(card.entries.map((e) => e.event).filter((e) => e))];
	return events.length ? el("div", null, el("h4", null, "When"), timeline(events)) : null;
}

function cardBody(card) {
	const attributes = attributesOf(card), drawnNames = new Set(attributes.map((a) => a.name));
	const change = card.entries[0].change;
	const rest = card.entries.filter((e) => isDrift ? !drawnNames.has(e.attribute) : !attributes.length);
	return el("div.body", null,
		change?.blocked && el("p.unread", null, "No call is made for it: ", said(change.blocked, VALUE_MAX)),
		pages(el("div"), rest, LIST_PAGE, itemNode),
		pages(el("div"), attributes, LIST_PAGE, (a) => attributeNode(a, change?.reason)),
		cardEvents(card), cardFacts(card), remedies(card));
}

function tags(card) {
	const first = card.entries[0], out = [];
	if (card.entries.some((e) => e.break_glass))
		out.push(el("span.tag.rank4", null, "break-glass"));
	else if (isDrift && RANK_WORDS[card.rank])
		out.push(el("span.tag.rank" + card.rank, null, RANK_WORDS[card.rank]));
	else if (!isDrift && first.change.risk === "high")
		out.push(el("span.tag.rank3", null, "high risk"));
	if (first.change?.blocked)
		out.push(el("span.tag.rank2", null, "blocked"));
	if (doc.drift?.history && card.fresh)
		out.push(el("span.tag.new", null, "new"));
	if (isDrift)
		out.push(...[...card.what].map((w) => el("span.tag", null, WORDS[w] || shown(w))));
	else if (first.change.reason !== "config")
		out.push(el("span.tag", null, shown(first.change.reason)));
	return el("span.tags", null, out);
}

function cardTitle(card) {
	const attributes = isDrift ? [...new Set(card.entries.map((e) => e.attribute).filter((a) => a))]
		: (card.entries[0].change.attributes || []).map((a) => a.name);
	const few = attributes.slice(0, 3).join(", ") + (attributes.length > 3 ? ` and ${attributes.length - 3} more` : "");
	return [el("span.address", null, said(card.address)), few && el("span.where", null, " " + shown(few, 120)), tags(card)];
}

function cardNode(card) {
	const node = fold(cardTitle(card), () => cardBody(card), card.open);
	node.classList.add("card", "what-" + card.entries[0].what);
	node.addEventListener("toggle", () => (card.open = node.open));
	card.node = node;
	return node;
}
