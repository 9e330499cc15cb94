'use strict';
/* Bar charts as SVG, piled up by state, each with its numbers as a table below. */

const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/* A round number at or above a value, of which a few steps make an axis. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value);
}

/*
 * Draw one chart.
 *   place   the element it goes into
 *   bars    [{name, short, counts: Map of state to number, days: [first, last] if it stands for a time}];
 *           short is written below when there is room
 *   states  [state, label] in the order in which they are piled up
 *   what    what the chart shows, for those who cannot see it
 */
function drawBars(place, bars, states, what) {
  const [wide, high, left, below, above] = [Math.max(place.clientWidth, 240), 220, 40, 26, 10];
  const totals = bars.map((bar) => [...bar.counts.values()].reduce((a, b) => a + b, 0));
  const sum = totals.reduce((a, b) => a + b, 0);
  const top = ceiling(Math.max(...totals, 1));
  const most = totals.indexOf(Math.max(...totals));
  const told = sum ? `${what}: ${sum.toLocaleString('en')} images; most, ${totals[most].toLocaleString('en')}, in ${bars[most].name}.` : `${what}: none.`;
  const svg = shape('svg', { viewBox: `0 0 ${wide} ${high}`, role: 'img', 'aria-label': told });
  const y = (number) => above + (high - above - below) * (1 - number / top);
  const lines = [...new Set([0, 0.5, 1].map((part) => Math.round(top * part)))];
  for (const number of lines) {
    shape('line', { class: 'axis', x1: left, x2: wide, y1: y(number), y2: y(number) }, svg);
    shape('text', { class: 'tick', x: left - 6, y: y(number) + 4, 'text-anchor': 'end' }, svg).textContent = number.toLocaleString('en');
  }
  const step = (wide - left) / Math.max(bars.length, 1);
  const thick = Math.min(step - Math.min(step * 0.2, 4), 56);
  bars.forEach((bar, at) => {
    const x = left + at * step;
    let from = 0;
    for (const [state, label] of states) {
      const number = bar.counts.get(state) || 0;
      if (!number) continue;
      const block = shape('rect', { class: `s-${state}`, x: x + (step - thick) / 2, width: Math.max(thick, 0.5), y: y(from + number), height: Math.max(y(from) - y(from + number), 0.5) }, svg);
      if (bar.days) [block.dataset.from, block.dataset.to] = bar.days;
      shape('title', {}, block).textContent = `${bar.name}: ${number.toLocaleString('en')} ${label}`;
      from += number;
    }
  });
  drawNames(svg, bars.map((bar, at) => [bar.short, left + (at + 0.5) * step]), wide, high - 8);
  const open = place.querySelector('details')?.open || false;
  place.replaceChildren(svg, numbers(bars, states, totals, what, open));
}

/* Names below the bars, as many as have room; years come first. */
function drawNames(svg, names, wide, y) {
  const written = [];
  const isYear = (name) => /^\d{4}$/.test(name);
  for (const [name, x] of [...names.filter(([name]) => isYear(name)), ...names.filter(([name]) => !isYear(name))]) {
    const half = 3.5 * name.length + 4;
    if (!name || x + half > wide + 8 || written.some(([from, to]) => x + half > from && x - half < to)) continue;
    written.push([x - half, x + half]);
    shape('text', { class: 'tick', x, y, 'text-anchor': 'middle' }, svg).textContent = name;
  }
}

function numbers(bars, states, totals, what, open) {
  const used = states.filter(([state]) => bars.some((bar) => bar.counts.get(state)));
  const head = element('tr', {}, element('th', { scope: 'col' }, 'when or what'), ...used.map(([, label]) => element('th', { scope: 'col', class: 'number' }, label)), element('th', { scope: 'col', class: 'number' }, 'together'));
  const rows = bars.map((bar, at) => [bar, at]).filter(([, at]) => totals[at]).map(([bar, at]) =>
    element('tr', {}, element('th', { scope: 'row' }, bar.name), ...used.map(([state]) => element('td', { class: 'number' }, (bar.counts.get(state) || 0).toLocaleString('en'))), element('td', { class: 'number' }, totals[at].toLocaleString('en'))));
  const table = element('table', {}, element('caption', { class: 'hidden' }, what), element('thead', {}, head), element('tbody', {}, ...rows));
  const made = element('details', { class: 'numbers' }, element('summary', {}, 'The numbers'), element('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': what }, table));
  made.open = open;
  return made;
}

/* Months while they can be told apart, else quarters, else years. */
function spanOf(days) {
  const months = days.map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1);
  const [first, last] = [months.reduce((a, b) => Math.min(a, b)), months.reduce((a, b) => Math.max(a, b))];
  const size = [1, 3, 12].find((n) => (last - first) / n < 72) || 12;
  return { first: Math.floor(first / size), last: Math.floor(last / size), size };
}

function nameOf(slot, size) {
  const [year, month] = [Math.floor((slot * size) / 12), (slot * size) % 12];
  if (size === 12) return [String(year), String(year)];
  const name = size === 1 ? `${year}-${String(month + 1).padStart(2, '0')}` : `${year} Q${month / 3 + 1}`;
  return [name, month === 0 ? String(year) : size === 1 ? String(month + 1).padStart(2, '0') : ''];
}

function daysOf(slot, size) {
  const day = (month) => new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));
  const last = new Date(day((slot + 1) * size) - 86400000);
  return [day(slot * size), last].map((date) => date.toISOString().slice(0, 10));
}

function drawTimeline(place, images, states, span) {
  if (!span) {
    place.replaceChildren(element('p', {}, 'No day of acquisition is known.'));
    return;
  }
  const bars = [];
  for (let slot = span.first; slot <= span.last; slot += 1) {
    const [name, short] = nameOf(slot, span.size);
    bars.push({ name, short: span.last - span.first < 12 ? name : short, counts: new Map(), days: daysOf(slot, span.size) });
  }
  for (const image of images) {
    if (!image.acquired) continue;
    const slot = Math.floor((Number(image.acquired.slice(0, 4)) * 12 + Number(image.acquired.slice(5, 7)) - 1) / span.size);
    const { counts } = bars[slot - span.first];
    counts.set(image.state, (counts.get(image.state) || 0) + 1);
  }
  drawBars(place, bars, states, 'Images by the time of their acquisition');
}

function drawClouds(place, images, states) {
  const bars = [];
  for (let from = 0; from < 100; from += 10) {
    bars.push({ name: `${from} to ${from + 10} %`, short: `${from}–${from + 10}`, counts: new Map() });
  }
  bars.push({ name: 'unknown', short: '?', counts: new Map() });
  for (const image of images) {
    const known = image.cloud !== null && image.cloud >= 0;
    const { counts } = bars[known ? Math.min(Math.floor(image.cloud / 10), 9) : 10];
    counts.set(image.state, (counts.get(image.state) || 0) + 1);
  }
  drawBars(place, bars, states, 'Images by cloud cover in percent');
}
