// The engine, the settings and what is everywhere in the window: palette, keys, status line, restarts, narrow windows.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inProcess } from '../src-main/app/in-process.ts';
import { href, ROUTES } from '../src-renderer/routes.ts';
import type { RouteId } from '../src-renderer/routes.ts';
import { strings as engine } from '../src-renderer/views/engine/strings.ts';
import { strings as settings } from '../src-renderer/views/settings/strings.ts';
import { strings as shared } from '../src-renderer/ui/strings.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { Keyboard } from './hands.ts';
import { Frame } from './pages/frame.ts';
import type { ServedWindow } from './served-window.ts';
import { useWindow } from './use-window.ts';

const SECTIONS = ['general', 'storage', 'requests', 'about'] as const;
/** Places that need nothing in their address. */
const PLACES = (Object.keys(ROUTES) as RouteId[]).filter((id) => !ROUTES[id].includes(':'));

describe.skipIf(findChromium() === null)(`in Chromium (${CHROMIUM_NEEDED})`, { timeout: 180_000 }, () => {
  const suite = useWindow();
  const { go } = suite;
  let window: ServedWindow;
  let page: Page;

  beforeAll(() => {
    ({ window } = suite);
  });

  beforeEach(() => {
    ({ page } = suite);
  });

  const section = (name: string) => href('settings', {}, { section: name });
  const panel = (title: string) => page.getByRole('region', { name: title, exact: true });
  const status = () => page.getByRole('contentinfo');

  async function expectAccessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      // Colours on their way are nobody's: none moves.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await seriousOn(page), colorScheme).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  }

  test('the engine says which it is, the doctor what is there, the self-test its numbers', async () => {
    await go(href('engine', {}));
    await panel(engine.inUse.title)
      .getByText(/^(TensorFlow|WebAssembly) \d/)
      .waitFor();
    const doctor = panel(engine.doctor.title);
    await doctor.getByText(/passed, none failed/).waitFor();
    for (const name of ['Node', 'Disk', 'Engine', 'Driver', 'cuDNN'])
      await doctor.getByText(name, { exact: true }).waitFor();
    const selftest = panel(engine.selftest.title);
    await selftest.getByRole('button', { name: engine.selftest.run }).click();
    await selftest.getByText(engine.selftest.passed, { exact: true }).waitFor();
    const differences = await selftest.locator('tbody td.end').allTextContents();
    expect(differences.length).toBeGreaterThan(0);
    expect(differences.every((text) => /^(0|\d\.\de[-+]\d+)$/.test(text))).toBe(true);
    await status()
      .getByText(/GB free/)
      .waitFor();
    await expectAccessible();
  });

  test('an installation says what it costs, asks for its folder, and tells why it failed', async () => {
    const empty = join(window.home, 'no-wheels');
    await mkdir(empty);
    await go(href('engine', {}, { install: true }));
    const dialog = page.getByRole('dialog', { name: engine.install.title });
    await dialog.getByText(/^Fetches \d/).waitFor();
    await dialog.getByLabel(engine.install.folder).check();
    await dialog.getByText(engine.install.noFolder).waitFor();
    await expectAccessible();
    await dialog.getByRole('button', { name: engine.install.choose }).click();
    const chooser = page.getByRole('dialog', { name: engine.install.chooseTitle });
    await chooser.getByRole('textbox').fill(empty);
    await chooser.getByRole('textbox').press('Enter');
    await chooser.getByRole('button', { name: shared.chooser.thisFolder }).click();
    await dialog.getByText(empty).waitFor();
    await dialog.getByRole('button', { name: engine.install.start, exact: true }).click();
    await dialog
      .getByRole('alert')
      .getByText(/no-wheels|compiler/)
      .waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url()).toBe(`${window.served.address}/${href('engine', {})}`);
  });

  test('a setting is changed, refused, reset and had again, and every window follows', async () => {
    const client = inProcess(window.library);
    await go(href('settings', {}));
    const bandwidth = page.getByLabel(settings.labels.bandwidth, { exact: true });
    await bandwidth.fill('as much as there is');
    await bandwidth.press('Enter');
    await page.getByText(/Bandwidth can't be “as much as there is”/).waitFor();
    await expect.poll(() => bandwidth.getAttribute('aria-invalid')).toBe('true');
    expect((await client.settings.get()).settings.bandwidth).toBe(null);
    await bandwidth.fill('20M');
    await bandwidth.press('Enter');
    await page.getByText(settings.saved, { exact: true }).waitFor();
    expect((await client.settings.get()).settings.bandwidth).toBe(20_000_000);
    await page.getByRole('button', { name: settings.reset(settings.labels.bandwidth) }).click();
    await page.getByText(settings.resetDone(settings.labels.bandwidth)).waitFor();
    await expect.poll(() => bandwidth.inputValue()).toBe('none');
    await page.locator('h1').click();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await client.settings.get()).settings.bandwidth).toBe(20_000_000);

    await page.getByRole('switch').first().check();
    await status().getByText('Offline').waitFor();
    expect((await client.settings.get()).settings.offline).toBe(true);
    await client.settings.set({ offline: false, theme: 'dark' });
    await status().getByText('Requests only where you ask').waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.getByLabel('Light').check();
    await expect.poll(async () => (await client.settings.get()).settings.theme).toBe('light');
    await client.settings.reset({});
    await page.getByRole('button', { name: settings.later(settings.sources['bucket']!) }).click();
    await expect.poll(async () => (await client.settings.get()).settings.mirrors[0]).toBe('timm');
    await client.settings.reset({});
    await expectAccessible();
  });

  test('storage is counted by what it is, and a cache is deleted', async () => {
    const cache = join(window.home, 'cache', 'thumbnails');
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'x.jpg'), Buffer.alloc(5_000_000));
    await go(section('storage'));
    const row = page.getByRole('row', { name: /Small pictures/ });
    await row.getByText('5.00 MB').waitFor();
    await page.getByRole('row', { name: /Database/ }).waitFor();
    await expectAccessible();
    await row.getByRole('button', { name: /Delete/ }).click();
    await page.getByText('5.00 MB freed (1 files).').waitFor();
    await expect.poll(() => row.count()).toBe(0);
    await page.getByRole('button', { name: settings.library.rebuild }).click();
    await page.getByText(/^runs: 0 found/).waitFor();
  });

  test('every request is listed while it is made, found, and exported', async () => {
    await go(section('requests'));
    await page.getByText(settings.requests.none).waitFor();
    const record = (file: string) =>
      window.library.network.record({ address: `https://example.org/${file}`, purpose: `download of ${file}` });
    record('<b>B_16</b>.npz').end({ status: 200, bytes: 123_000, error: null });
    const going = record('L_16.npz');
    await page.getByText('download of L_16.npz').waitFor();
    await page.getByText('download of <b>B_16</b>.npz').waitFor();
    await expect.poll(() => page.getByRole('row', { name: /L_16/ }).textContent()).toContain(settings.requests.pending);
    going.end({ status: null, bytes: 5, error: 'The machine did not answer.' });
    await page.getByText('The machine did not answer.').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('B_16');
    await page.getByText(settings.requests.count('1')).waitFor();
    await expect.poll(() => page.getByText('L_16').count()).toBe(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: settings.requests.export }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('vitrine-requests.csv');
    await expectAccessible();
  });

  test('versions, citation and licences', async () => {
    await go(section('about'));
    await page.getByText(/@software|@misc/).waitFor();
    await page.getByText('What comes from others', { exact: false }).first().waitFor();
    await expectAccessible();
  });

  test('the palette finds what has a name; keys lead everywhere; focus follows', async () => {
    await inProcess(window.library).samples.add();
    await go(href('runs', {}));
    await page.locator('h1').waitFor();
    const frame = new Frame(page, new Keyboard(page));
    await frame.openPalette();
    await page.keyboard.type('digits');
    const palette = page.getByRole('dialog', { name: shared.palette.title });
    await palette.getByText(shared.palette.groups.datasets).waitFor();
    await palette.getByRole('option').first().waitFor();
    await expectAccessible();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/#\/(data|checkpoints)\//);
    await palette.waitFor({ state: 'hidden' });
    await frame.openPalette();
    await page.keyboard.type('B_16 i21k');
    await palette.getByText('Catalog', { exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(engine.title);
    await page.keyboard.press('?');
    const shortcuts = page.getByRole('dialog', { name: shared.shortcuts.title });
    await shortcuts.getByText(shared.shortcuts.palette).waitFor();
    await page.keyboard.press('Escape');
    await shortcuts.waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(settings.title);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: settings.title }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(shared.skip);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
  });

  test('a page outlives a restart of main: what was typed stays, and it goes on', async () => {
    await go(href('settings', {}));
    const bandwidth = page.getByLabel(settings.labels.bandwidth, { exact: true });
    await bandwidth.fill('12M');
    await window.restart();
    await page.getByText(shared.connection.back).waitFor();
    await expect.poll(() => bandwidth.inputValue()).toBe('12M');
    await bandwidth.press('Enter');
    await page.getByText(settings.saved, { exact: true }).waitFor();
    // What is published now reaches the page that was open before.
    await inProcess(window.library).settings.reset({});
    await expect.poll(() => bandwidth.inputValue()).toBe('none');
    window.problems = []; // the browser writes down each refused connection
  });

  test('a page of another token says so, asks no more, and goes on with the new address', async () => {
    await go(href('settings', {}));
    await page.getByRole('switch').first().waitFor();
    await window.restart('another-token');
    await page.getByText(shared.connection.refused).waitFor();
    let asked = 0;
    page.on('request', () => asked++);
    await page.waitForTimeout(2500);
    expect(asked).toBe(0);
    // As another tab would: its cookie is this one's too.
    await page.request.get(`${window.served.address}/?token=another-token`);
    await page.getByRole('button', { name: shared.connection.retry }).click();
    await page.getByText(shared.connection.back).waitFor();
    await window.restart();
    window.problems = []; // the browser writes down each refused connection
  });

  test('at 640 px nothing scrolls sideways, filters are in a drawer, and all is reachable', async () => {
    await page.setViewportSize({ width: 640, height: 400 });
    const hashes = [...PLACES.map((id) => href(id, {} as never)), ...SECTIONS.map(section)];
    for (const hash of hashes) {
      await go(hash);
      await page.locator('h1').waitFor();
      await page.waitForTimeout(150);
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.frame, .frame > header, main')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}`),
      );
      expect(wide, hash).toEqual([]);
    }
    await go(href('catalog', {}));
    await page.getByRole('button', { name: shared.filters.open }).click();
    const drawer = page.getByRole('dialog', { name: shared.filters.title });
    await drawer.getByRole('checkbox').first().waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await drawer.getByRole('button', { name: shared.filters.done }).click();
    await page.getByRole('navigation').first().getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: settings.title }).waitFor();
    expect(await seriousOn(page)).toEqual([]);
  });

  test('with reduced motion nothing moves', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await go(href('engine', {}, { install: true }));
    await page.getByRole('dialog').waitFor();
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')]
          .map((element) => getComputedStyle(element))
          .filter(({ transitionDuration, transitionProperty, animationDuration, animationName }) => {
            const moves = (durations: string): boolean => durations.split(', ').some((text) => parseFloat(text) > 0);
            return (
              (transitionProperty !== 'none' && moves(transitionDuration)) ||
              (animationName !== 'none' && moves(animationDuration))
            );
          }).length,
    );
    expect(moving).toBe(0);
  });
});
