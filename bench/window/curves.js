// The page that draws curves, and nothing else: 20 of 10,000 points.
import { flushSync, mount, unmount } from 'svelte';
import Chart from '../../src-renderer/charts/Chart.svelte';
import '../../src-renderer/ui/tokens.css';

const CURVES = 20;
const POINTS = 10_000;

function curve(id) {
  const points = Array.from({ length: POINTS }, (_, x) => ({
    x,
    y: 6 * Math.exp(-x / (1500 + 200 * id)) + 0.4 * Math.sin(x * (0.7 + id)) + 1,
  }));
  return { id: `run ${id}`, name: `run ${id}`, colorIndex: id % 8, points };
}

const spec = {
  kind: 'line',
  x: { title: 'step' },
  y: { title: 'loss' },
  series: Array.from({ length: CURVES }, (_, id) => curve(id)),
};

/** ms from nothing to painted. */
window.drawCurves = async () => {
  const target = document.createElement('div');
  document.body.append(target);
  const started = performance.now();
  const chart = mount(Chart, { target, props: { title: 'Loss', spec, height: 400, smoothable: true } });
  flushSync();
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const took = performance.now() - started;
  await unmount(chart);
  target.remove();
  return took;
};
