// The one script of a report. Pages are complete without it; it adds search, sorting, keys, a theme switch and copy buttons.
// What came from packets goes into the page as text nodes only.
'use strict';

(() => {
	const root = (document.currentScript.getAttribute('src') || '').replace(/report\.js$/, '');
	const by = (selector, from = document) => from.querySelector(selector);
	const all = (selector, from = document) => [...from.querySelectorAll(selector)];

	const make = (name, attributes = {}, ...children) => {
		const e = document.createElement(name);
		for (const [key, value] of Object.entries(attributes))
			e.setAttribute(key, value);
		e.append(...children);
		return e;
	};

	// --- theme: as the system has it, or as chosen -----------------------------------------------------------------

	const themes = ['system', 'light', 'dark'];
	const stored = () => {
		try {
			return localStorage.getItem('milliwatt-theme');
		} catch {
			return null; // not from disk, in some browsers
		}
	};
	const setTheme = (theme) => {
		if (theme === 'light' || theme === 'dark')
			document.documentElement.dataset.theme = theme;
		else
			delete document.documentElement.dataset.theme;
	};
	setTheme(stored()); // before anything is drawn

	const themeButton = () => {
		let theme = themes.includes(stored()) ? stored() : 'system';
		const button = make('button', { type: 'button', class: 'quiet', id: 'theme' });
		const show = () => {
			button.textContent = `Theme: ${theme}`;
		};
		button.addEventListener('click', () => {
			theme = themes[(themes.indexOf(theme) + 1) % themes.length];
			try {
				localStorage.setItem('milliwatt-theme', theme);
			} catch { /* then it lasts for this page */ }
			setTheme(theme);
			show();
		});
		show();
		return button;
	};

	// --- what every page gets --------------------------------------------------------------------------------------

	const addSearch = () => {
		const input = make('input', { type: 'search', 'aria-label': 'Search calls', placeholder: 'Search calls', id: 'top-search',
			autocomplete: 'off', spellcheck: 'false' });
		const form = make('form', { role: 'search', class: 'top-search' }, input);
		form.addEventListener('submit', (event) => {
			event.preventDefault();
			location.href = `${root}calls.html#q=${encodeURIComponent(input.value)}`;
		});
		return form;
	};

	const addTools = () => {
		const top = by('.top');
		if (!top || !by('nav', top))
			return;
		const tools = make('div', { class: 'tools' });
		if (!by('#filters'))
			tools.append(addSearch());
		tools.append(themeButton());
		top.append(tools);
		const foot = by('.foot');
		if (foot) {
			const key = (name) => make('kbd', {}, name);
			foot.append(make('p', { class: 'keys' }, 'Keys: ', key('/'), ' search, ', key('j'), ' ', key('k'), ' next and previous row, ',
				key('Enter'), ' open, ', key('t'), ' theme.'));
		}
	};

	const addCopyButtons = () => {
		for (const command of all('.command')) {
			const text = command.textContent;
			const button = make('button', { type: 'button' }, 'Copy');
			button.addEventListener('click', async () => {
				try {
					await navigator.clipboard.writeText(text);
					button.textContent = 'Copied';
				} catch {
					const range = document.createRange();
					range.selectNodeContents(command);
					getSelection().removeAllRanges();
					getSelection().addRange(range);
					button.textContent = 'Selected';
				}
				setTimeout(() => { button.textContent = 'Copy'; }, 1500);
			});
			command.prepend(button);
		}
	};

	// Rows that lead somewhere, in the order of the page.
	const rows = () => all('table.data tbody tr').filter((row) => by('a[href]', row) && row.offsetParent !== null);

	const move = (step) => {
		const list = rows();
		if (!list.length)
			return;
		const here = list.findIndex((row) => row.classList.contains('here'));
		const next = list[Math.max(0, Math.min(list.length - 1, here < 0 ? 0 : here + step))];
		for (const row of list)
			row.classList.toggle('here', row === next);
		by('a[href]', next).focus({ preventScroll: true });
		next.scrollIntoView({ block: 'nearest' });
	};

	const keys = {
		'/': () => (by('#f-q') || by('#top-search') || document.body).focus(),
		j: () => move(1),
		k: () => move(-1),
		t: () => by('#theme') && by('#theme').click(),
	};
	const isTyping = (e) => e instanceof HTMLInputElement || e instanceof HTMLSelectElement || e instanceof HTMLTextAreaElement;
	document.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && isTyping(document.activeElement))
			document.activeElement.blur();
		if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !keys[event.key])
			return;
		event.preventDefault();
		keys[event.key]();
	});

	// --- the list of calls -----------------------------------------------------------------------------------------

	const ID = 0, BEGAN = 1, FROM = 2, TO = 3, CALL_ID = 4, OUTCOME = 5, STATUS = 6, PDD = 7, SETUP = 8, TALK = 9, MOS = 10, TRUNKS = 11,
		FINDINGS = 12, PAGE = 13;
	const PER_PAGE = 100;
	const looks = { answered: 'good', busy: 'warn', no_answer: 'warn', cancelled: 'plain', rejected: 'bad', failed: 'bad',
		unauthorized: 'bad', incomplete: 'faint', in_progress: 'faint' };
	const open = ['answered', 'incomplete', 'in_progress']; // neither is a failure
	const columns = { id: ID, began: BEGAN, from: FROM, to: TO, outcome: OUTCOME, status: STATUS, pdd: PDD, setup: SETUP, talk: TALK,
		mos: MOS, findings: FINDINGS };
	const downFirst = ['pdd', 'setup', 'talk', 'findings'];

	// Controls, and characters that turn the direction of text, are shown and not obeyed.
	const shown = (text) => text === null ? '-' : text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
	const bare = (number) => (number || '').replace(/^(\+|00)/, '');
	const count = (n) => n.toLocaleString('en-US');

	// "486", "4xx", "500-599", "none"
	const statusTest = (text) => {
		const s = text.trim().toLowerCase();
		const range = s.match(/^(\d+)\s*-\s*(\d+)$/);
		if (s === 'none')
			return (v) => v === null;
		if (range)
			return (v) => v !== null && v >= +range[1] && v <= +range[2];
		if (/^\dxx$/.test(s))
			return (v) => v !== null && Math.floor(v / 100) === +s[0];
		return /^\d{3}$/.test(s) ? (v) => v === +s : () => true;
	};

	const tests = {
		id: (data, value) => (c) => c[ID] === +value,
		q: (data, value) => {
			const words = value.toLowerCase().split(/\s+/).filter(Boolean);
			return (c, i) => words.every((word) => data.texts[i].includes(word));
		},
		number: (data, value) => {
			const start = bare(value.trim());
			return (c) => bare(c[FROM]).startsWith(start) || bare(c[TO]).startsWith(start);
		},
		outcome: (data, value) => {
			const ones = data.outcomes.map((name) => value === 'not-answered' ? !open.includes(name) : name === value);
			return (c) => ones[c[OUTCOME]];
		},
		status: (data, value) => {
			const test = statusTest(value);
			return (c) => test(c[STATUS]);
		},
		trunk: (data, value) => {
			const trunk = data.trunks.indexOf(value);
			return (c) => c[TRUNKS] !== 0 && c[TRUNKS].includes(trunk);
		},
		finding: (data, value) => {
			if (value === 'none')
				return (c) => c[FINDINGS] === 0;
			const ids = new Set(Object.keys(data.findings).filter((id) => value === 'any' || id === value || data.findings[id][0] === value)
				.map(Number));
			return (c) => c[FINDINGS] !== 0 && c[FINDINGS].some((id) => ids.has(id));
		},
		mos: (data, value) => (c) => c[MOS] !== null && c[MOS] < +value,
		from: (data, value) => (c) => data.began + c[BEGAN] >= Date.parse(`${value}Z`),
		to: (data, value) => (c) => data.began + c[BEGAN] < Date.parse(`${value}Z`),
	};

	// Of places in data.calls: those that all tests let through.
	const filter = (data, state) => {
		const wanted = Object.keys(tests).filter((key) => state[key]);
		const chosen = [];
		const each = wanted.map((key) => tests[key](data, state[key]));
		for (let i = 0; i < data.calls.length; i++) {
			let ok = true;
			for (let k = 0; ok && k < each.length; k++)
				ok = each[k](data.calls[i], i);
			if (ok)
				chosen.push(i);
		}
		return chosen;
	};

	const sortKey = (state) => {
		const key = (state.sort || 'id').replace(/^-/, '');
		return columns[key] === undefined ? 'id' : key;
	};

	// What is absent stands last, whichever way.
	const sort = (data, chosen, state) => {
		const key = sortKey(state);
		const way = (state.sort || '').startsWith('-') ? -1 : 1;
		const column = columns[key];
		const value = (i) => {
			const v = data.calls[i][column];
			return key === 'findings' ? (v === 0 ? 0 : v.length) : key === 'outcome' ? data.outcomes[v] : v;
		};
		if (key === 'id' && way === 1)
			return chosen;
		return chosen.map((i) => [value(i), i]).sort(([a, i], [b, k]) => {
			if (a === b)
				return i - k;
			if (a === null || b === null)
				return a === null ? 1 : -1;
			return (a < b ? -1 : 1) * way;
		}).map(([, i]) => i);
	};

	const pathOf = (id) => `calls/${String(Math.trunc(id / 1000)).padStart(3, '0')}/${id}.html`;
	const figure = (value, digits) => make('td', { class: 'num' }, value === null ? '-' : value.toFixed(digits));

	const findingLinks = (data, c) => {
		const cell = make('td', { class: 'nowrap' });
		for (const id of c[FINDINGS] === 0 ? [] : c[FINDINGS].slice(0, 4)) {
			const [rule, severity, text, path] = data.findings[id] || [String(id), '', '', 'findings.html'];
			cell.append(make('a', { href: path, title: shown(`${severity}: ${text}`) }, rule), ' ');
		}
		if (c[FINDINGS] !== 0 && c[FINDINGS].length > 4)
			cell.append('...');
		return cell;
	};

	const rowOf = (data, c) => {
		const name = data.outcomes[c[OUTCOME]];
		const when = new Date(data.began + c[BEGAN]);
		const iso = isNaN(when) ? '' : when.toISOString();
		const number = make('td', { class: 'num' }, make('a', { href: c[PAGE] ? pathOf(c[ID]) : `calls.html#id=${c[ID]}` }, String(c[ID])));
		const low = c[MOS] !== null && c[MOS] < 3.6;
		const mos = figure(c[MOS], 2);
		if (low)
			mos.classList.add('low');
		return make('tr', {}, number,
			make('td', { class: 'nowrap' }, make('time', { datetime: iso }, iso.replace('T', ' ').replace('Z', ''))),
			make('td', { class: 'wrap' }, shown(c[FROM])), make('td', { class: 'wrap' }, shown(c[TO])),
			make('td', {}, make('span', { class: `badge ${looks[name]}` }, name.replace('_', ' '))),
			figure(c[STATUS], 0), figure(c[PDD], 0), figure(c[SETUP], 0), figure(c[TALK], 1), mos, findingLinks(data, c));
	};

	const callList = (data) => {
		const form = by('#filters'), table = by('#calls'), body = by('tbody', table), said = by('#count'), noPage = by('#no-page');
		const fields = ['q', 'number', 'outcome', 'status', 'trunk', 'finding', 'mos', 'from', 'to'];
		let state = {};

		data.texts = data.calls.map((c) => `${c[FROM] || ''}\n${c[TO] || ''}\n${c[CALL_ID] || ''}`.toLowerCase());
		for (const trunk of [...data.trunks].sort())
			form.elements.trunk.append(make('option', { value: trunk }, shown(trunk)));
		for (const [id, [rule, , text]] of Object.entries(data.findings))
			form.elements.finding.append(make('option', { value: id }, `${rule} ${shown(text).slice(0, 80)}`));

		const read = () => {
			state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
			for (const field of fields) {
				const e = form.elements[field];
				e.value = state[field] || '';
				// A rule, for example: a link may say what the list does not.
				if (e.value !== (state[field] || '') && e instanceof HTMLSelectElement) {
					e.append(make('option', { value: state[field] }, state[field]));
					e.value = state[field];
				}
			}
		};
		const write = () => {
			const kept = Object.entries(state).filter(([, value]) => value);
			history.replaceState(null, '', `#${new URLSearchParams(kept)}`);
		};

		const pager = make('nav', { class: 'pager', 'aria-label': 'Pages of what was found' });
		const button = (label, page, usable) => {
			const b = make('button', { type: 'button' }, label);
			b.disabled = !usable;
			b.addEventListener('click', () => {
				state.page = page > 1 ? String(page) : '';
				write();
				show();
				table.scrollIntoView({ block: 'start' });
			});
			return b;
		};

		const sayNoPage = (chosen) => {
			const c = state.id && chosen.length === 1 ? data.calls[chosen[0]] : null;
			noPage.classList.toggle('hidden', !c || !!c[PAGE]);
			if (c && !c[PAGE])
				noPage.replaceChildren('This call has no page of its own in this report. To see it: ',
					make('code', {}, `milliwatt show ${shown(data.database)} ${c[ID]}`));
		};

		const markSorted = () => {
			const key = sortKey(state), down = (state.sort || '').startsWith('-');
			for (const th of all('th[data-key]', table))
				th.setAttribute('aria-sort', th.dataset.key === key ? (down ? 'descending' : 'ascending') : 'none');
		};

		const show = () => {
			const start = performance.now();
			const chosen = sort(data, filter(data, state), state);
			const pages = Math.max(1, Math.ceil(chosen.length / PER_PAGE));
			const page = Math.min(pages, Math.max(1, Math.trunc(+state.page) || 1));
			const part = chosen.slice((page - 1) * PER_PAGE, page * PER_PAGE);
			body.replaceChildren(...part.map((i) => rowOf(data, data.calls[i])));
			pager.replaceChildren(button('First', 1, page > 1), button('Back', page - 1, page > 1),
				make('span', {}, `page ${count(page)} of ${count(pages)}`), button('Next', page + 1, page < pages),
				button('Last', pages, page < pages));
			said.textContent = `${count(chosen.length)} of ${count(data.calls.length)} calls`;
			sayNoPage(chosen);
			markSorted();
			table.dataset.ms = (performance.now() - start).toFixed(1);
		};

		const change = () => {
			for (const field of fields)
				state[field] = form.elements[field].value;
			state.page = state.id = '';
			write();
			show();
		};
		let waiting = 0;
		form.addEventListener('input', () => {
			clearTimeout(waiting);
			waiting = setTimeout(change, 80);
		});
		form.addEventListener('submit', (event) => {
			event.preventDefault();
			clearTimeout(waiting);
			change();
		});
		form.addEventListener('reset', () => {
			clearTimeout(waiting);
			waiting = setTimeout(change, 0);
		});
		addEventListener('hashchange', () => {
			read();
			show();
		});

		for (const th of all('th[data-key]', table)) {
			const b = make('button', { type: 'button' }, th.textContent);
			b.addEventListener('click', () => {
				const key = th.dataset.key, now = sortKey(state) === key, down = (state.sort || '').startsWith('-');
				const toDown = now ? !down : downFirst.includes(key);
				state.sort = toDown ? `-${key}` : key;
				state.page = '';
				write();
				show();
			});
			th.replaceChildren(b);
		}
		for (const old of all('.pager'))
			old.remove();
		table.closest('.card').append(pager);
		if (by('caption', table))
			by('caption', table).textContent = 'A click on a column\'s title sorts by it. MOS: the lowest of its streams';
		form.classList.remove('hidden');
		read();
		show();
	};

	document.addEventListener('DOMContentLoaded', () => {
		addTools();
		addCopyButtons();
		const data = by('#calls-data');
		if (data && by('#filters'))
			callList(JSON.parse(data.textContent));
	});
})();
