import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  main: {
    // Packages stay packages: native ones can't be bundled, and the worker needs one tfjs-core for all of tfjs.
    build: {
      externalizeDeps: true,
      rollupOptions: {
        // Main, and the programs it starts (src-main/places.ts names them).
        input: {
          index: path('src-main/hosts/electron/index.ts'),
          worker: path('src-worker/main.ts'),
          selftest: path('src-worker/engine/selftest.ts'),
        },
        // All in one folder: a chunk finds what it needs beside itself.
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
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
