'use strict';
/* The images as a table, some at a time, sorted by the column whose heading is pressed. */

const PAGE = 25;
const COLUMNS = [
  ['Image', (image) => image.name],
  ['Dataset', (image) => image.dataset],
  ['Region', (image) => image.regions.join(', ')],
  ['Acquired', (image) => image.acquired || ''],
  ['Clouds', (image) => (image.cloud === null ? -1 : image.cloud), 'number'],
  ['State', (image) => image.rank],
  ['Files', (image) => image.held - image.wanted, 'number'],
  ['Bytes', (image) => image.bytes, 'number'],
];

function sized(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let at = 0;
  while (bytes >= 999.5 && at < units.length - 1) {
    bytes /= 1000;
    at += 1;
  }
  return `${bytes.toFixed(at && bytes < 99.95 ? 1 : 0)} ${units[at]}`;
}

class ImageTable {
  constructor(place, onChoose) {
    this.onChoose = onChoose;
    this.images = [];
    this.column = 3;
    this.down = true;
    this.start = 0;
    this.heads = COLUMNS.map(([label, , kind], at) => {
      const button = element('button', { type: 'button' }, label);
      button.addEventListener('click', () => this.sort(at));
      return element('th', { scope: 'col', class: kind || '' }, button);
    });
    this.body = element('tbody');
    const caption = element('caption', { class: 'hidden' }, 'Images that pass the filters; press a heading to sort, a name to see it on the map');
    const table = element('table', { class: 'images' }, caption, element('thead', {}, element('tr', {}, ...this.heads)), this.body);
    this.back = element('button', { type: 'button' }, 'Previous');
    this.on = element('button', { type: 'button' }, 'Next');
    this.told = element('span', { role: 'status' });
    this.back.addEventListener('click', () => this.turn(-PAGE));
    this.on.addEventListener('click', () => this.turn(PAGE));
    place.append(
      element('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Table of images' }, table),
      element('p', { class: 'turn' }, this.back, this.told, this.on),
    );
  }

  show(images) {
    this.all = images;
    this.start = 0;
    this.order();
  }

  sort(column) {
    this.down = this.column === column ? !this.down : false;
    this.column = column;
    this.start = 0;
    this.order();
  }

  order() {
    const value = COLUMNS[this.column][1];
    const way = this.down ? -1 : 1;
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    this.images = [...this.all].sort((a, b) => way * compare(value(a), value(b)) || compare(a.name, b.name));
    this.heads.forEach((head, at) => {
      if (at === this.column) head.setAttribute('aria-sort', this.down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    this.fill();
  }

  turn(by) {
    this.start = Math.max(0, Math.min(this.start + by, this.images.length - 1));
    this.fill();
  }

  fill() {
    const end = Math.min(this.start + PAGE, this.images.length);
    this.body.replaceChildren(...this.images.slice(this.start, end).map((image) => this.row(image)));
    this.told.textContent = this.images.length
      ? `${(this.start + 1).toLocaleString('en')} to ${end.toLocaleString('en')} of ${this.images.length.toLocaleString('en')}`
      : 'no image';
    this.back.disabled = this.start === 0;
    this.on.disabled = end >= this.images.length;
    drawSwatches();
  }

  row(image) {
    const cell = (text, kind) => element('td', { class: kind || '' }, text);
    const name = element('bdi', {}, image.name);
    let title = name;
    if (image.points) {
      title = element('button', { type: 'button', class: 'link' }, name);
      title.addEventListener('click', () => this.onChoose(image));
    }
    const swatch = element('canvas', { class: 'swatch', width: 18, height: 18, 'data-state': image.state, 'aria-hidden': 'true' });
    const row = element(
      'tr', {},
      element('th', { scope: 'row' }, title),
      cell(element('bdi', {}, image.dataset)),
      cell(element('span', {}, ...spaced(image.regions))),
      cell(image.acquired || '–', 'day'),
      cell(image.cloud === null ? '–' : `${Math.round(image.cloud)} %`, 'number'),
      element('td', { class: 'state' }, swatch, image.label),
      cell(image.wanted ? `${image.held} of ${image.wanted}` : '–', 'number'),
      cell(image.bytes ? sized(image.bytes) : '–', 'number'),
    );
    return row;
  }
}

/* Names one after the other, each on its own whichever way it is written. */
function spaced(names) {
  return names.flatMap((name, at) => [...(at ? [', '] : []), element('bdi', {}, name)]);
}
