import { theme } from '../ui/theme.svelte.ts';

/** Colours of the charts as a canvas takes them. */
export interface Palette {
  readonly ink: string;
  readonly mute: string;
  readonly line: string;
  readonly panel: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly series: readonly string[];
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** The tokens as they are now; changes with the theme. */
class ChartColours {
  #revision = $state(0);

  constructor() {
    dark.addEventListener('change', () => this.#revision++);
  }

  get current(): Palette {
    void this.#revision;
    void theme.current;
    return readPalette();
  }
}

export const chartColours = new ChartColours();

function readPalette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(${token})`;
    return toRgb(getComputedStyle(probe).color);
  };
  const palette = {
    ink: read('--ink'),
    mute: read('--mute'),
    line: read('--line'),
    panel: read('--panel'),
    accent: read('--accent'),
    good: read('--good'),
    bad: read('--bad'),
    series: Array.from({ length: 8 }, (_, i) => read(`--series-${i + 1}`)),
  };
  probe.remove();
  return palette;
}

const pixel = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', {
  willReadFrequently: true,
});

/** Any CSS colour as rgb(): chart.js mixes colours and knows no oklch(). */
function toRgb(colour: string): string {
  if (!pixel) return colour;
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [r, g, b] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgb(${r} ${g} ${b})`.replaceAll(' ', ', ');
}

/** The same colour, translucent. `alpha` 0 to 1. */
export function withAlpha(rgb: string, alpha: number): string {
  return rgb.replace('rgb(', 'rgba(').replace(')', `, ${alpha})`);
}
