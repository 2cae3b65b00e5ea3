import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  main: {
    build: { rollupOptions: { input: { index: path('src-main/hosts/electron/index.ts') } } },
  },
  preload: {
    // A sandboxed preload is CommonJS, whatever the package says.
    build: {
      rollupOptions: {
        input: { preload: path('src-main/hosts/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: path('src-renderer'),
    plugins: [svelte({ configFile: false })],
    build: {
      minify: true,
      rollupOptions: { input: { index: path('src-renderer/index.html') } },
      // Fonts stay files: the content policy allows no data: addresses for them.
      assetsInlineLimit: 0,
    },
  },
});
