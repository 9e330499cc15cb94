'use strict';
/* The map: land and regions as SVG, which the style sheet colours; thousands of footprints on one canvas. */

const TURN = 360;
const TOGETHER = 256;
const NAMED = 12; // regions; more names would hide the map
/* How a state is drawn where colours alone would not do: the line, its width, and the hatching within. */
const STYLES = {
  held: { dash: [], width: 1, hatch: 'plain' },
  ordered: { dash: [7, 3], width: 1.3, hatch: 'dots' },
  missing: { dash: [4, 3], width: 1.3, hatch: 'rising' },
  unavailable: { dash: [1, 3], width: 1.3, hatch: 'level' },
  failed: { dash: [], width: 2, hatch: 'crossed' },
  damaged: { dash: [2, 2], width: 2, hatch: 'falling' },
  superseded: { dash: [8, 3, 2, 3], width: 1, hatch: 'none' },
  orphan: { dash: [3, 3], width: 1, hatch: 'none' },
  forgotten: { dash: [1, 4], width: 1, hatch: 'none' },
};
const HATCHES = {
  rising: [[0, 8, 8, 0]],
  falling: [[0, 0, 8, 8]],
  crossed: [[0, 8, 8, 0], [0, 0, 8, 8]],
  level: [[0, 4, 8, 4]],
  dots: [[3, 4, 5, 4]],
};

function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/* What fills a footprint: a tint, and lines over it that let what is below shine through. */
function patternOf(context, state) {
  const { hatch } = STYLES[state];
  if (hatch === 'none') return null;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const draw = tile.getContext('2d');
  draw.fillStyle = draw.strokeStyle = colourOf(state);
  draw.globalAlpha = hatch === 'plain' ? 0.3 : 0.16;
  draw.fillRect(0, 0, 8, 8);
  draw.globalAlpha = 0.75;
  draw.lineWidth = 1.2;
  for (const [x1, y1, x2, y2] of HATCHES[hatch] || []) {
    draw.beginPath();
    draw.moveTo(x1, y1);
    draw.lineTo(x2, y2);
    draw.stroke();
  }
  return context.createPattern(tile, 'repeat');
}

function styleAs(context, state) {
  const { dash, width } = STYLES[state];
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colourOf(state);
  context.fillStyle = patternOf(context, state) || 'transparent';
}

/* The little squares of the legends, drawn just as the footprints are. */
function drawSwatches() {
  for (const canvas of document.querySelectorAll('canvas.swatch')) {
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, canvas.width, canvas.height);
    styleAs(context, canvas.dataset.state);
    context.fillRect(2, 2, 14, 14);
    context.strokeRect(2, 2, 14, 14);
  }
}

/* Longitudes and latitudes as x and y on a world that is 1 wide (Web Mercator). */
function projected(ring) {
  const points = new Float64Array(ring.length);
  for (let n = 0; n < ring.length; n += 2) {
    const lat = Math.max(-85.05, Math.min(85.05, ring[n + 1]));
    const sine = Math.sin((lat * Math.PI) / 180);
    points[n] = ring[n] / TURN + 0.5;
    points[n + 1] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  }
  return points;
}

function boundsOf(points) {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let n = 0; n < points.length; n += 2) {
    west = Math.min(west, points[n]);
    east = Math.max(east, points[n]);
    north = Math.min(north, points[n + 1]);
    south = Math.max(south, points[n + 1]);
  }
  return { west, north, east, south };
}

function holds(points, x, y) {
  let odd = false;
  for (let n = 0, last = points.length - 2; n < points.length; last = n, n += 2) {
    const [x1, y1, x2, y2] = [points[last], points[last + 1], points[n], points[n + 1]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}

/* A layer of Leaflet that draws every footprint itself: ten thousand objects of Leaflet's would take seconds. */
const Footprints = L.Renderer.extend({
  initialize(images, states, east) {
    L.Renderer.prototype.initialize.call(this, { padding: 0.4 });
    this._images = images.filter((image) => image.points);
    this._states = states;
    this._east = east / TURN + 0.5;
    this._chosen = null;
  },

  _initContainer() {
    this._container = document.createElement('canvas');
    this._container.setAttribute('aria-hidden', 'true');
    this._context = this._container.getContext('2d');
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const sharp = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = sharp * size.x;
    this._container.height = sharp * size.y;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._context.scale(sharp, sharp);
    this.draw();
  },

  _onZoomEnd() {},
  _updatePaths() {},

  choose(image) {
    this._chosen = image;
    this.draw();
  },

  draw() {
    if (!this._bounds) return;
    const { min, max } = this._bounds;
    const context = this._context;
    const scale = 256 * 2 ** this._map.getZoom();
    const origin = this._map.getPixelOrigin().add(min);
    const view = {
      west: origin.x / scale,
      north: origin.y / scale,
      east: (origin.x + max.x - min.x) / scale,
      south: (origin.y + max.y - min.y) / scale,
    };
    const frame = { scale, x: origin.x, y: origin.y, view };
    context.clearRect(0, 0, max.x - min.x, max.y - min.y);
    const seen = new Map(this._states.map((state) => [state, []]));
    const taken = new Set();
    for (const image of this._images) {
      if (!image.shown) continue;
      /* One place is taken again and again; what would lie on another but for a pixel is not drawn twice. */
      const { west, north, east, south } = image.bounds;
      const place = [image.rank, ...[west, north, east, south].map((edge) => Math.round(edge * scale))].join();
      if (taken.has(place)) continue;
      taken.add(place);
      seen.get(image.state).push(image);
    }
    /* The worst last, so that nothing hides it. */
    for (const [state, several] of seen) {
      if (!several.length) continue;
      styleAs(context, state);
      /* Paths of thousands of shapes, or of one each, take several times as long. */
      for (let from = 0; from < several.length; from += TOGETHER) {
        context.beginPath();
        for (const image of several.slice(from, from + TOGETHER)) this._trace(image, frame);
        context.fill();
        context.stroke();
      }
    }
    if (this._chosen && this._chosen.shown) {
      context.setLineDash([]);
      context.strokeStyle = colourOf('ink');
      context.lineWidth = 3;
      context.beginPath();
      this._trace(this._chosen, frame);
      context.stroke();
    }
  },

  _trace(image, { scale, x, y, view }) {
    const { bounds, points } = image;
    /* What goes beyond the edge of the world comes in again on its other side. */
    for (let turn = 0; turn <= (bounds.east > this._east ? 1 : 0); turn += 1) {
      if (
        bounds.west - turn > view.east || bounds.east - turn < view.west ||
        bounds.north > view.south || bounds.south < view.north
      ) continue;
      const left = turn * scale + x;
      this._context.moveTo(points[0] * scale - left, points[1] * scale - y);
      for (let n = 2; n < points.length; n += 2) {
        this._context.lineTo(points[n] * scale - left, points[n + 1] * scale - y);
      }
      this._context.closePath();
    }
  },

  at(latlng) {
    const [x, y] = projected([latlng.lng, latlng.lat]);
    return this._images.filter(
      (image) => image.shown && (holds(image.points, x, y) || holds(image.points, x + 1, y)),
    );
  },
});

/* Lines every so many degrees, with their names at the edge of what is seen. */
const Graticule = L.Layer.extend({
  onAdd(map) {
    this._lines = L.layerGroup().addTo(map);
    map.on('moveend', this._redraw, this);
    this._redraw();
  },

  onRemove(map) {
    map.off('moveend', this._redraw, this);
    this._lines.remove();
  },

  _redraw() {
    const map = this._map;
    const seen = map.getBounds();
    const wide = Math.min(seen.getEast() - seen.getWest(), TURN);
    const step = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 45].find((degrees) => wide / degrees <= 8) || 60;
    this._lines.clearLayers();
    const first = (value) => Math.ceil(value / step) * step;
    for (let lon = first(seen.getWest()); lon <= seen.getEast(); lon += step) {
      const named = ((((lon + 180) % TURN) + TURN) % TURN) - 180;
      this._line([[-85, lon], [85, lon]], [seen.getSouth(), lon], degrees(named, 'E', 'W'), 'along');
    }
    for (let lat = first(Math.max(seen.getSouth(), -85)); lat <= Math.min(seen.getNorth(), 85); lat += step) {
      this._line([[lat, seen.getWest() - wide], [lat, seen.getEast() + wide]], [lat, seen.getWest()], degrees(lat, 'N', 'S'), 'up');
    }
  },

  _line(points, place, text, way) {
    L.polyline(points, { className: 'graticule', pane: 'lines', interactive: false }).addTo(this._lines);
    const label = document.createElement('span');
    label.textContent = text;
    const icon = L.divIcon({ html: label, className: `degrees degrees-${way}`, iconSize: null });
    L.marker(place, { icon, interactive: false, keyboard: false, pane: 'lines' }).addTo(this._lines);
  },
});

function degrees(value, positive, negative) {
  const rounded = Math.round(value * 100) / 100;
  return `${Math.abs(rounded)}°${rounded % 180 === 0 ? '' : rounded > 0 ? positive : negative}`;
}

/* The map, with what never changes on it. */
function makeMap(data, land, still) {
  const map = L.map('map', {
    zoomSnap: 0.25,
    zoomDelta: 0.5,
    minZoom: 0,
    maxZoom: 12,
    worldCopyJump: false,
    attributionControl: false,
    zoomAnimation: !still,
    fadeAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
  });
  for (const [name, level] of [['land', 200], ['lines', 250], ['areas', 300]]) {
    map.createPane(name).style.zIndex = level;
  }
  const west = data.west;
  map.setMaxBounds([[-89, west - TURN / 2], [89, west + TURN * 1.5]]);
  map.setView([0, west + TURN / 2], 0);
  for (const shift of [-TURN, 0, TURN]) {
    if (shift > 0 && west < -179) continue;
    const moved = { type: 'MultiPolygon', coordinates: land.coordinates.map((polygon) => polygon.map((ring) => ring.map(([lon, lat]) => [lon + shift, lat]))) };
    L.geoJSON(moved, { pane: 'land', interactive: false, style: { className: 'land' } }).addTo(map);
  }
  if (data.coast) addCoast(map, data.coast);
  new Graticule().addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  return map;
}

/* A finer coast where the images are: over the coarse one lies sea, and on it the land. */
function addCoast(map, { box: [west, south, east, north], land, lines }) {
  const quiet = (className) => ({ pane: 'land', interactive: false, className });
  L.rectangle([[south, west], [north, east]], quiet('sea')).addTo(map);
  if (land.length) L.polygon(land.map(paired), quiet('land fine')).addTo(map);
  L.polyline(lines.map(paired), quiet('coastline')).addTo(map);
}

/* Longitude, latitude, longitude and so on as the pairs that Leaflet takes. */
function paired(flat) {
  const points = [];
  for (let n = 0; n < flat.length; n += 2) points.push([flat[n + 1], flat[n]]);
  return points;
}

/* The regions of the manifest, each with its name where the pointer is. */
function addAreas(map, data) {
  const several = data.areas.filter(([, rings]) => rings.length);
  const areas = new Map();
  for (const [number, rings] of several) {
    const area = L.polygon(rings.map((ring) => [paired(ring)]), { pane: 'areas', className: 'area', interactive: several.length > NAMED }).addTo(map);
    const label = document.createElement('bdi');
    label.textContent = data.regions[number];
    if (several.length <= NAMED) {
      const bounds = area.getBounds();
      const place = [bounds.getNorth(), bounds.getCenter().lng];
      L.tooltip({ permanent: true, direction: 'top', className: 'area-name' }).setLatLng(place).setContent(label).addTo(map);
    } else {
      area.bindTooltip(label, { sticky: true, className: 'area-name' });
    }
    areas.set(number, area);
  }
  return areas;
}
