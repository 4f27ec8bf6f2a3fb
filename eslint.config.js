import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Settings are read in src/foundation/config only.',
};

const ASK_THE_CLOCK =
  'Ask the Clock of src/foundation/clock.ts for the time, and performance.now() how long something takes.';
const WALL_CLOCK = { object: 'Date', property: 'now', message: ASK_THE_CLOCK };
const NEW_DATE = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: ASK_THE_CLOCK,
};
/** The clock itself, and what compares the times of files that PostgreSQL and earlier processes have written. */
const READERS_OF_THE_MACHINE_CLOCK = [
  'src/foundation/clock.ts',
  'src/foundation/database/embedded/instance.ts',
  'src/foundation/database/embedded/postmaster-file.ts',
];

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'coverage/', 'test/fixtures/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Nest modules and controllers are often classes without members of their own.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A number in a template string prints as itself.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-restricted-properties': ['error', ENVIRONMENT, WALL_CLOCK],
      'no-restricted-syntax': ['error', NEW_DATE],
    },
  },
  {
    files: ['src/foundation/config/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', WALL_CLOCK] },
  },
  {
    files: READERS_OF_THE_MACHINE_CLOCK,
    rules: { 'no-restricted-properties': ['error', ENVIRONMENT] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    // Nest injects by the class found in emitted metadata, so an injected class must be a value import.
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.js'],
    ignores: ['public/'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['public/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'document',
          'navigator',
          'location',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'DOMParser',
          'addEventListener',
          'getComputedStyle',
          'requestAnimationFrame',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  prettier,
);
