// Lint rules: types are known to every rule, so that a forgotten promise or a hidden `any` is an error.
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const projects = [
  'src-shared/tsconfig.json',
  'src-main/tsconfig.json',
  'src-worker/tsconfig.json',
  'src-renderer/tsconfig.json',
  'e2e/tsconfig.json',
  'bench/tsconfig.json',
];

/** House rules for every TypeScript source. */
const house = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  // What is asynchronous by its interface may have nothing to wait for in one implementation.
  '@typescript-eslint/require-await': 'off',
  // A number in a message is what it looks like.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  // At most three parameters, then an options object.
  '@typescript-eslint/max-params': ['error', { max: 3 }],
  eqeqeq: ['error', 'always'],
  'no-console': 'error',
};

export default defineConfig(
  globalIgnores(['out/', 'coverage/', 'runs/', '.vitrine/', 'bench/goldens/', 'resources/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.{ts,svelte}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] },
    },
    rules: house,
  },
  {
    files: ['src-renderer/**/*.{ts,svelte}'],
    extends: [svelte.configs.recommended],
    languageOptions: { globals: globals.browser },
    rules: { 'svelte/no-at-html-tags': 'error', 'svelte/button-has-type': 'error' },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    // What a component's properties are is known to svelte-check, which checks them; the linter takes them for any.
    files: ['**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Every request passes services/network, which writes it down. The command line's client speaks to a host of ours.
    files: ['src-main/**/*.ts', 'src-worker/**/*.ts'],
    ignores: ['**/*.test.ts', 'src-main/services/network/**', 'src-main/hosts/cli/open-client.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({
          name,
          message: 'Requests go through src-main/services/network/service.ts.',
        })),
      ],
    },
  },
  {
    // Standard output belongs to the command line and to the tools around the product.
    files: ['src-main/hosts/cli/**/*.ts', 'src-worker/parity/**/*.ts', 'bench/**/*.ts', 'e2e/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // Tests reach into the values they read back from JSON and from disk.
    files: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      // Rows of test.each.
      '@typescript-eslint/max-params': 'off',
    },
  },
);
