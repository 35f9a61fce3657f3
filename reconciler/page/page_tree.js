/* The organization as a tree of plain disclosure buttons: what is folded is not there. Within a unit
 * what differs comes first; the rest is at a press of a button. */

const TREE_PAGE = 100;

function placeName(place) {
	return place === root ? "the organization" : place.unit && place.key[0] === "u" ? decoded(place.unit) : place.label;
}

/* What a place is marked with: how much of what the filter leaves is in it and below. */
function marksOf(place) {
	const marks = [];
	if (place.unread)
		marks.push(el("span.mark.unread", { title: "Something here was not read" }, "not read"));
	if (place.state)
		marks.push(el("span.mark.quiet", null, shown(place.state).toLowerCase()));
	if (place.quiet)
		marks.push(el("span.mark", { title: "let be" }, number(place.quiet), el("span.heard", null, " let be")));
	if (place.shown)
		marks.push(el("span.mark.some", null, number(place.shown),
			el("span.heard", null, isDrift ? " differences" : " changes")));
	return marks;
}

function placeNode(place) {
	const unit = place.key[0] === "u";
	const folds = unit && place.units.length + place.accounts.length > 0;
	const marks = el("span.marks", null, marksOf(place));
	const select = el("button.place", {
		type: "button", "aria-pressed": String(filter.place === place),
		title: place.id ? shown(place.id) : null, click: () => placeSelect(place),
	}, said(place.label), marks);
	const node = el("li." + (unit ? "unit" : "account"));
	let list = null;
	const toggle = folds && el("button.toggle", {
		type: "button", "aria-expanded": "false", "aria-label": `Accounts and units of ${shown(placeName(place))}`,
		click: () => open(toggle.getAttribute("aria-expanded") !== "true"),
	});
	const open = (wanted) => {
		toggle.setAttribute("aria-expanded", String(wanted));
		if (wanted && !list)
			node.append(list = childrenOf(place));
		if (list)
			list.hidden = !wanted;
	};
	node.append(el("div.row", null, toggle || el("span.toggle"), select));
	drawn.set(place, { select, marks, node });
	if (place === root && folds)
		open(true);
	return node;
}

/* Those with something to see, then, when asked for, the others. */
function childrenOf(place) {
	const list = el("ul");
	const seen = (p) => p.count > 0 || p.unread > 0;
	const byName = (a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
	const units = [...place.units].sort(byName), accounts = [...place.accounts].sort(byName);
	pages(list, [...units, ...accounts.filter(seen)], TREE_PAGE, placeNode);
	const others = accounts.filter((p) => !seen(p));
	if (!others.length)
		return list;
	const rest = el("ul");
	const button = el("button.more", {
		type: "button", "aria-expanded": "false",
		click: () => {
			const open = button.getAttribute("aria-expanded") !== "true";
			button.setAttribute("aria-expanded", String(open));
			if (!rest.childElementCount)
				pages(rest, others, TREE_PAGE, placeNode);
			rest.hidden = !open;
		},
	}, count(others.length, "account"), isDrift ? " without a difference found" : " without a change");
	rest.hidden = true;
	list.append(el("li.others", null, button, rest));
	return list;
}

const drawn = new Map();

/* After the filter changed. */
function treeUpdate() {
	for (const [place, { select, marks, node }] of drawn) {
		marks.replaceChildren(...marksOf(place));
		node.classList.toggle("none", place.shown === 0 && place.unread === 0 && place.quiet === 0);
		select.setAttribute("aria-pressed", String(filter.place === place));
	}
}

function treeSection() {
	const accounts = [...places.values()].filter((p) => p.key[0] === "a").length;
	const box = el("nav.tree", { "aria-labelledby": "tree-title" },
		el("h2", { id: "tree-title" }, "Organization"),
		el("p.where", null, count(accounts, "account"), more.nodes?.length ? "" : " that this document names"),
		el("ul", null, placeNode(root)));
	return box;
}
