'use strict';
/* Reads the data, and keeps map, charts, pictures and table to what the filters let through. */

(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read('data');
  const byId = (id) => document.getElementById(id);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const labels = new Map(data.states);
  const order = data.states.map(([state]) => state);

  const images = data.images.map(([dataset, regions, name, acquired, cloud, state, held, wanted, bytes, ring, picture]) => {
    const points = ring.length ? projected(ring) : null;
    return {
      dataset: data.datasets[dataset],
      regions: regions.map((number) => data.regions[number]),
      name, folded: name.toLowerCase(), acquired, cloud,
      state: order[state], label: labels.get(order[state]), rank: state,
      held, wanted, bytes, picture, ring, points,
      bounds: points && boundsOf(points),
      shown: true,
    };
  });
  const dated = images.map((image) => image.acquired).filter(Boolean);
  const span = dated.length ? spanOf(dated) : null;
  const used = order.filter((state) => images.some((image) => image.state === state));

  /* Map */
  const map = makeMap(data, read('land'), still);
  const areas = addAreas(map, data);
  const footprints = new Footprints(images, used, data.west + TURN).addTo(map);
  const everything = extent([...images.filter((image) => image.points).map((image) => image.ring), ...data.areas.flatMap(([, rings]) => rings)]);
  if (everything) map.fitBounds(everything, { padding: [18, 18], maxZoom: 8, animate: false });

  function extent(rings) {
    let [south, west, north, east] = [90, Infinity, -90, -Infinity];
    for (const ring of rings) {
      for (let n = 0; n < ring.length; n += 2) {
        west = Math.min(west, ring[n]);
        east = Math.max(east, ring[n]);
        south = Math.min(south, ring[n + 1]);
        north = Math.max(north, ring[n + 1]);
      }
    }
    return west < east ? [[Math.max(south, -85), west], [Math.min(north, 85), east]] : null;
  }

  function described(image) {
    const facts = [image.acquired, image.cloud === null ? null : `${Math.round(image.cloud)} % clouds`, image.label, image.wanted ? `${image.held} of ${image.wanted} files` : null];
    const children = [element('bdi', { class: 'title' }, image.name), element('span', { class: 'small' }, facts.filter(Boolean).join(' · '))];
    const picture = image.picture >= 0 && document.querySelector(`[data-picture="${image.picture}"] img`);
    if (picture) children.unshift(element('img', { src: picture.src, alt: picture.alt, width: 96 }));
    return element('li', {}, ...children);
  }

  function tell(several, latlng) {
    const few = several.slice(0, 6);
    const list = element('ul', { class: 'here' }, ...few.map(described));
    if (several.length > few.length) list.append(element('li', {}, `and ${several.length - few.length} more here`));
    L.popup({ maxWidth: 320, maxHeight: 280, autoPan: true }).setLatLng(latlng).setContent(list).openOn(map);
  }

  map.on('click', (event) => {
    const here = footprints.at(event.latlng);
    footprints.choose(here[0] || null);
    if (here.length) tell(here, event.latlng);
  });

  function choose(image) {
    const bounds = L.latLngBounds(extent([image.ring]));
    map.fitBounds(bounds, { padding: [60, 60], maxZoom: 8, animate: false });
    footprints.choose(image);
    tell([image], bounds.getCenter());
    byId('map').scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
    byId('map').focus({ preventScroll: true });
  }

  /* Filters */
  const table = new ImageTable(byId('table'), choose);
  const form = byId('filters');
  for (const state of used) {
    const box = element('input', { type: 'checkbox', name: 'state', value: state, checked: '' });
    const swatch = element('canvas', { class: 'swatch', width: 18, height: 18, 'data-state': state, 'aria-hidden': 'true' });
    const number = images.filter((image) => image.state === state).length;
    byId('states').append(element('label', {}, box, swatch, `${labels.get(state)} `, element('span', { class: 'of' }, number.toLocaleString('en'))));
  }
  for (const [id, names] of [['dataset', data.datasets], ['region', data.regions]]) {
    byId(id).append(...names.map((name) => element('option', { value: name }, name)));
  }
  if (dated.length) {
    const days = [...dated].sort();
    for (const id of ['from', 'to']) {
      byId(id).min = days[0];
      byId(id).max = days[days.length - 1];
    }
  }

  function passes() {
    const states = new Set([...form.querySelectorAll('[name=state]:checked')].map((box) => box.value));
    const [dataset, region, from, to] = ['dataset', 'region', 'from', 'to'].map((id) => byId(id).value);
    const cloud = Number(byId('cloud').value);
    const words = byId('words').value.trim().toLowerCase();
    return (image) =>
      states.has(image.state) &&
      (!dataset || image.dataset === dataset) &&
      (!region || image.regions.includes(region)) &&
      (!from || (image.acquired && image.acquired >= from)) &&
      (!to || (image.acquired && image.acquired <= to)) &&
      (cloud === 100 || (image.cloud !== null && image.cloud <= cloud)) &&
      (!words || image.folded.includes(words));
  }

  const piled = data.states.filter(([state]) => used.includes(state));
  let shown = images;

  function drawCharts() {
    drawTimeline(byId('timeline'), shown, piled, span);
    drawClouds(byId('clouds'), shown, piled);
  }

  function refresh() {
    const pass = passes();
    for (const image of images) image.shown = Boolean(pass(image));
    shown = images.filter((image) => image.shown);
    footprints.draw();
    drawCharts();
    table.show(shown);
    for (const picture of document.querySelectorAll('[data-picture]')) picture.hidden = true;
    for (const image of shown) if (image.picture >= 0) document.querySelector(`[data-picture="${image.picture}"]`).hidden = false;
    byId('cloud-told').textContent = `${byId('cloud').value} %`;
    const drawn = shown.filter((image) => image.points).length;
    byId('count').textContent = `${shown.length.toLocaleString('en')} of ${images.length.toLocaleString('en')} images, ${drawn.toLocaleString('en')} on the map`;
    const region = byId('region').value;
    for (const [number, area] of areas) area.getElement()?.classList.toggle('dimmed', Boolean(region) && data.regions[number] !== region);
  }

  function showRegion() {
    const number = data.regions.indexOf(byId('region').value);
    const rings = number < 0 ? null : [...data.areas.filter(([at]) => at === number).flatMap(([, several]) => several), ...images.filter((image) => image.shown && image.points).map((image) => image.ring)];
    const bounds = rings ? extent(rings) : everything;
    if (bounds) map.fitBounds(bounds, { padding: [18, 18], maxZoom: 8, animate: !still });
  }

  /* At most once for each picture on the screen. */
  function soon(work) {
    let waiting = 0;
    return () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(work);
    };
  }

  /* A bar of the timeline is a shortcut to its dates; pressed again, to all of them. */
  byId('timeline').addEventListener('click', (event) => {
    const { from, to } = event.target.dataset;
    if (!from) return;
    const same = byId('from').value === from && byId('to').value === to;
    byId('from').value = same ? '' : from;
    byId('to').value = same ? '' : to;
    refresh();
  });
  form.addEventListener('input', soon(refresh));
  addEventListener('resize', soon(drawCharts));
  byId('region').addEventListener('change', () => { refresh(); showRegion(); });
  form.addEventListener('reset', () => setTimeout(() => { refresh(); showRegion(); }));
  form.addEventListener('submit', (event) => event.preventDefault());
  for (const medium of ['(prefers-color-scheme: dark)', 'print']) {
    matchMedia(medium).addEventListener('change', () => { footprints.draw(); drawSwatches(); });
  }
  addEventListener('beforeprint', () => { map.invalidateSize({ animate: false }); drawCharts(); });
  refresh();
  /* What a test, or a curious person, may ask. */
  window.m2msync = { map, images, footprints };
})();
