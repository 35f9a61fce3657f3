/* The document as the page looks at it: cards (a resource and what differs of it) in groups (what
 * one session did, or one action of a plan), each at a place in the organization. */

const ROOT = "/";
/* Which part of an address, after its kind, names the account that it is in. */
const ACCOUNT_PART = { account: 1, delegated_administrator: 2, assignment: 2 };
const WORDS = {
	drift: "differs", stale: "not provisioned everywhere", missing: "missing in AWS", unmanaged: "not in git",
	unread: "not read", rule: "ended rule", create: "create", update: "update", delete: "delete", adopt: "adopt",
};
const RANKS = ["plain", "read", "write", "administrator", "break_glass"];

function decoded(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

function addressParts(address) {
	return String(address).split("/");
}

/* Units and accounts by their keys: "u Workloads/Training", "a crm". */
const places = new Map();

function placeMake(key, label, parent, about) {
	let place = places.get(key);
	if (!place) {
		place = { key, label, parent, units: [], accounts: [], count: 0, unread: 0, shown: 0, quiet: 0, ...about };
		places.set(key, place);
		if (parent)
			(key[0] === "u" ? parent.units : parent.accounts).push(place);
	}
	return place;
}

function unitPlace(path, about) {
	if (path === ROOT || path === "" || path === "root")
		return root;
	const known = places.get("u " + path);
	if (known)
		return Object.assign(known, about);
	const cut = path.lastIndexOf("/");
	const parent = unitPlace(cut < 0 ? ROOT : path.slice(0, cut));
	return placeMake("u " + path, decoded(path.slice(cut + 1)), parent, { unit: path, ...about });
}

const root = placeMake("u " + ROOT, "Organization", null, { unit: ROOT });
const accountIds = new Map();

function placesRead() {
	for (const node of more.nodes || [])
		if (node.address.startsWith("unit/"))
			unitPlace(node.address.slice(5), { id: node.id });
	const accounts = (more.nodes || []).filter((n) => n.address.startsWith("account/"));
	for (const account of accounts.length ? accounts : doc.accounts || []) {
		const place = placeMake("a " + account.name, account.name, unitPlace(account.unit),
			{ unit: account.unit, id: account.id, state: account.state });
		if (account.id)
			accountIds.set(account.id, place);
	}
}

function accountPlace(label) {
	return places.get("a " + label) || placeMake("a " + label, label, root, { unit: ROOT });
}

/* Where something with this address is; what is of the whole organization is at its root. */
function placeOf(address) {
	const part = addressParts(address);
	const at = ACCOUNT_PART[part[0]] ?? (/^(iam_|budget$|contact$)/.test(part[0]) ? 1 : 0);
	if (part[0] === "unit")
		return unitPlace(part.slice(1).join("/"));
	if (part[0] === "policy_attachment" && part[2] === "account")
		return accountPlace(decoded(part.slice(3).join("/")));
	if (part[0] === "policy_attachment" && part[2] === "unit")
		return unitPlace(part.slice(3).join("/"));
	return at && part[at] ? accountPlace(decoded(part[at])) : root;
}

function scopePlace(scope) {
	const id = /(?:^|\/)(\d{12})(?:\/|$)/.exec(scope);
	return (id && accountIds.get(id[1])) || root;
}

/* One thing that differs; of a plan, one change. */
function entryMake(about) {
	return { event: null, quiet: false, fresh: false, rank: 0, ...about };
}

function rankOf(rank) {
	return typeof rank === "number" ? rank : Math.max(0, RANKS.indexOf(rank));
}

function planEntries() {
	return doc.changes.map((change) => entryMake({
		what: change.action, address: change.address, change, source: change.source,
		rank: change.risk === "high" ? 3 : change.risk === "medium" ? 2 : 0,
	}));
}

/* A report without items, of an older charter: its changes and notes are the items. */
function plainEntries() {
	const changes = doc.changes.map((change) => entryMake({
		what: change.action === "create" ? "missing" : change.blocked ? "unread" : "drift",
		address: change.address, change, source: change.source,
	}));
	const notes = doc.unmanaged.map((n) => entryMake({ what: "unmanaged", address: n.address || "", id: n.id, text: n.text }));
	return changes.concat(notes);
}

function driftEntries() {
	const drift = doc.drift;
	if (!drift || !drift.items)
		return plainEntries();
	drift.causes.forEach((cause, number) => (cause.number = number));
	return drift.items.map((item) => {
		const cause = drift.causes[item.cause] || null;
		return entryMake({
			...item, what: item.kind, rank: rankOf(item.rank), cause, event: cause?.events[item.event] || null,
			change: doc.changes[item.change] || null,
		});
	});
}

/* Groups. */

const ACTIONS = ["delete", "update", "create", "adopt"];

function groupKey(entry) {
	if (!isDrift)
		return "action " + entry.what;
	if (entry.what === "unread" || entry.what === "rule")
		return entry.what;
	if (entry.quiet)
		return "quiet";
	if (entry.cause && entry.cause.principal)
		return "cause " + entry.cause.number;
	return "unknown";
}

function groupMake(key, entry) {
	const kind = key.split(" ")[0];
	return { key, kind, cause: kind === "cause" ? entry.cause : null, action: entry.what, cards: [], entries: 0, rank: 0,
		fresh: false, open: null };
}

/* Unread first; then as the report ranks them; what is let be and ended rules last. */
const GROUP_ORDER = { unread: 0, action: 1, cause: 1, unknown: 1, rule: 2, quiet: 3 };

function groupsMake(entries) {
	const groups = new Map(), cards = new Map(), keys = new Map();
	for (const entry of entries) {
		const key = groupKey(entry);
		if (!groups.has(key))
			groups.set(key, groupMake(key, entry));
		const group = groups.get(key), own = key + "\n" + entry.address;
		let card = cards.get(own);
		if (!card) {
			card = { address: entry.address, kind: addressParts(entry.address)[0], group, entries: [], rank: 0,
				place: entry.what === "unread" ? scopePlace(entry.address) : entry.what === "rule" ? root : placeOf(entry.address) };
			cards.set(own, card);
			group.cards.push(card);
		}
		card.entries.push(entry);
		card.rank = Math.max(card.rank, entry.rank);
		group.rank = Math.max(group.rank, entry.rank);
		group.fresh = group.fresh || entry.fresh;
		group.entries++;
	}
	let at = 0;
	for (const group of groups.values())
		group.at = group.kind === "action" ? ACTIONS.indexOf(group.action) : at++;
	return [...groups.values()].sort((a, b) => GROUP_ORDER[a.kind] - GROUP_ORDER[b.kind] || a.at - b.at);
}

function who(entry) {
	const from = entry.event || entry.cause;
	return from ? from.session || from.principal || "" : "";
}

/* What the search looks at, in small letters. */
function cardWords(card) {
	const words = [card.address, decoded(card.address), card.place.label, card.place.unit, card.place.id];
	for (const e of card.entries) {
		words.push(e.attribute, e.element, e.text, e.owner, e.resource_id, e.id, e.source?.file, WORDS[e.what]);
		if (e.event)
			words.push(e.event.principal, e.event.session, e.event.call, e.event.address, e.event.account);
		else if (e.cause)
			words.push(e.cause.principal, e.cause.session);
		for (const a of e.change?.attributes || [])
			words.push(a.name);
		words.push(e.change?.id, e.change?.reason);
	}
	return words.filter((w) => w).map((w) => String(w).slice(0, 1000)).join("\n").toLowerCase();
}

/* Counts up the tree. */
function countUp(place, field, n) {
	for (let at = place; at; at = at.parent)
		at[field] += n;
}

placesRead();
const entries = isDrift ? driftEntries() : planEntries();
const groups = groupsMake(entries);
const cards = groups.flatMap((g) => g.cards);
for (const card of cards) {
	card.words = cardWords(card);
	card.what = new Set(card.entries.map((e) => e.what));
	card.who = new Set(card.entries.map(who));
	card.fresh = card.entries.some((e) => e.fresh);
	card.on = true;
}
for (const unread of doc.unread)
	countUp(scopePlace(unread.scope), "unread", 1);
