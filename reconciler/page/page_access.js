/* Who has which access before a plan and after it. */

const STRENGTH = { administrator: 3, write: 2, read: 1 };
const MATRIX_ACCOUNTS = 8, MATRIX_PEOPLE = 40;

function strengthTag(strength) {
	return strength && strength !== "read" && el("span.tag.rank" + STRENGTH[strength], null, shown(strength));
}

/* Rows of one principal, permission and way, with all accounts where it is so. */
function accessFold(effect) {
	const lines = new Map();
	for (const row of doc.access) {
		if (row.effect !== effect)
			continue;
		const key = JSON.stringify([row.principal, row.permission, row.through, row.strength]);
		if (!lines.has(key))
			lines.set(key, { ...row, accounts: [] });
		lines.get(key).accounts.push(row.account);
	}
	return [...lines.values()].sort((a, b) => (STRENGTH[b.strength] || 0) - (STRENGTH[a.strength] || 0));
}

function accountsNode(accounts) {
	if (accounts.length <= 3)
		return accounts.map((a, i) => [i ? ", " : "", a === "*" ? "each account that has it" : said(a)]);
	return fold(count(accounts.length, "account"), () =>
		pages(el("ul"), accounts, 100, (a) => el("li", null, said(a))));
}

function accessTable(effect, title) {
	const lines = accessFold(effect);
	return !lines.length ? null : [el("h3", null, `${title} (${number(lines.length)})`),
		table(title, ["Who", "Permission", "Where", "Through"], lines, (line) => el("tr." + effect, null,
			el("th", { scope: "row" }, said(line.principal)),
			el("td", null, said(line.permission), " ", strengthTag(line.strength)),
			el("td", null, accountsNode(line.accounts)), el("td", null, line.through ? said(line.through) : "directly")))];
}

/* principal -> account -> {before, after}: permission -> strength. */
function matrixMake() {
	const rows = new Map(), accounts = new Map();
	const add = (row, before, after) => {
		if (!rows.has(row.principal))
			rows.set(row.principal, new Map());
		const cells = rows.get(row.principal);
		if (!cells.has(row.account))
			cells.set(row.account, new Map());
		const old = cells.get(row.account).get(row.permission) || { before: false, after: false, strength: row.strength };
		old.before ||= before;
		old.after ||= after;
		cells.get(row.account).set(row.permission, old);
		accounts.set(row.account, (accounts.get(row.account) || 0) + (before && after ? 0 : 1));
	};
	for (const row of doc.access)
		add(row, row.effect === "loss", row.effect === "gain");
	for (const row of more.kept || [])
		add(row, true, true);
	return { rows: [...rows], accounts: [...accounts].sort((a, b) => b[1] - a[1]).map(([account]) => account) };
}

const CELL = { lost: ["−", "loses "], gained: ["+", "gains "], kept: ["", "keeps "] };

function matrixCell(permissions) {
	if (!permissions)
		return el("td", null, el("span.where", null, "no change"));
	const list = [...permissions].map(([permission, { before, after, strength }]) =>
		[before && after ? "kept" : before ? "lost" : "gained", permission, strength]);
	const order = ["lost", "gained", "kept"];
	list.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
	return el("td", null, pages(el("ul"), list, 12, ([how, permission, strength]) => el("li." + how, null,
		el("span.sign", { "aria-hidden": "true" }, CELL[how][0]), el("span.heard", null, CELL[how][1]),
		said(permission, 80), " ", how === "gained" && strengthTag(strength))));
}

function matrixNode() {
	const { rows, accounts } = matrixMake();
	const box = el("div");
	const draw = (from) => {
		const columns = accounts.slice(from, from + MATRIX_ACCOUNTS);
		const caption = `Access before and after, accounts ${from + 1} to ${from + columns.length} of ${accounts.length}`;
		const some = rows.filter(([, cells]) => columns.some((account) => cells.has(account)));
		const button = (label, to) => el("button", { type: "button", disabled: to < 0 || to >= accounts.length,
			click: () => {
				draw(to);
				box.querySelector("button:not([disabled])")?.focus();
			} }, label);
		box.replaceChildren(el("p.where", null, more.kept?.length
			? "− before alone, + after alone; unmarked: before and after."
			: "− before alone, + after alone; what one has besides is not shown."),
		accounts.length > MATRIX_ACCOUNTS ? el("p.buttons", null,
			button("Accounts before", from - MATRIX_ACCOUNTS), button("Further accounts", from + MATRIX_ACCOUNTS)) : "",
		table(caption, ["Who", ...columns.map((account) => account === "*" ? "each that has it" : said(account, 60))], some,
			([principal, cells]) => el("tr", null, el("th", { scope: "row" }, said(principal)),
				columns.map((account) => matrixCell(cells.get(account)))), MATRIX_PEOPLE));
	};
	draw(0);
	return box;
}

/* Losses first; of what has happened, who gained. */
function accessSection() {
	if (!doc.access.length || (isDrift && !entries.some((e) => !e.quiet && e.what !== "unmanaged")))
		return null;
	const tables = [accessTable("loss", isDrift ? "Lost access" : "Lose access"),
		accessTable("gain", isDrift ? "Gained access" : "Gain access")];
	return section(isDrift ? "Access gained and lost" : "Access", isDrift ? tables.reverse() : tables,
		fold("Before and after: people and roles by account", matrixNode));
}

/* How many differences were open, report by report. */

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
	const node = document.createElementNS(SVG, tag);
	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	node.append(...children);
	return node;
}

function trendChart(points) {
	const width = 600, height = 90, low = 72, top = 10;
	const times = points.map((p) => millis(p.time)), most = Math.max(1, ...points.map((p) => p.open));
	const from = times[0], wide = Math.max(1, times[times.length - 1] - from);
	const at = points.map((p, i) => [8 + (width - 16) * (times[i] - from) / wide, low - (low - top) * p.open / most]);
	const path = at.map(([x, y], i) => (i ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1)).join("");
	const last = points[points.length - 1];
	const words = `Open differences in ${points.length} reports: ${points[0].open} at first, ${most} at most, ${last.open} now.`;
	const text = (x, y, anchor, s) => svg("text", { x, y, "text-anchor": anchor }, s);
	return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, class: "trend" },
		svg("path", { class: "area", d: `${path}L${at[at.length - 1][0]} ${low}L${at[0][0]} ${low}Z` }),
		svg("path", { class: "line", d: path }),
		...at.map(([cx, cy]) => svg("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.5 })),
		text(8, 87, "start", new Date(from).toISOString().slice(0, 10)),
		text(width - 8, 87, "end", new Date(times[times.length - 1]).toISOString().slice(0, 10)),
		text(8, 9, "start", `${number(most)} at most`));
}

function trendSection() {
	const points = (doc.drift?.trend || []).filter((p) => !Number.isNaN(millis(p.time)));
	if (points.length < 2)
		return null;
	const last = points[points.length - 1], repaired = [...points].reverse().find((p) => p.repair_seconds !== null);
	const oldest = millis(last.oldest);
	return section("Trend", trendChart(points), el("p", null, `${number(last.open)} open`,
		Number.isNaN(oldest) ? "" : `; the oldest for ${span(millis(last.time) - oldest)}`,
		repaired ? `; repaired after ${span(repaired.repair_seconds * 1000)} on average` : "", "."),
	fold("The reports as a table", () => table("Open differences by report", ["Report", "Open", "New", "Resolved"],
		[...points].reverse(), (p) => el("tr", null, el("th", { scope: "row" }, clock(p.time, true)),
			[p.open, p.fresh, p.resolved].map((n) => el("td.number", null, number(n)))))));
}
