import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    'reference/',
    'reports/',
    '.stryker-tmp/',
    'api/',
    '.events/',
    'examples/angular/',
    'examples/browser/dist/',
    'examples/frameworks/',
  ]),
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // `return reject(event, 'too_large')` reads better than two statements.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // "Returning nothing is success" is part of what a sink may do: `ObservableInput<unknown> | void`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // It would have `!`, which another rule forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Internal parts hand subjects to each other; what users see is in the API report.
      'rxjs-x/no-exposed-subjects': 'off',
      // Of what a library subscribes to inside, much can't fail: timers, its own subjects.
      'rxjs-x/no-ignored-error': 'off',
      // We end sources with takeUntil, and let what hangs on them finish: that is what a graceful shutdown is.
      'rxjs-x/no-unsafe-takeuntil': 'off',
      // Errors are passed on as they came; what a user's stream emits is not ours to judge.
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
    },
  },
  {
    // What others build on explains itself to the linter by its code alone.
    files: ['lib/**/*.ts'],
    linterOptions: { noInlineConfig: true },
    rules: {
      // It takes a field for what it was before the last call, which may have run a user's code that came back to us.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    // The two doors to RxJS's own classes, parts of which are made for operators and marked as deprecated for everyone else.
    files: ['lib/internal/operate.ts', 'lib/internal/hot-subject.ts'],
    rules: { 'rxjs-x/no-subclass': 'off', '@typescript-eslint/no-deprecated': 'off' },
  },
  {
    files: ['lib/sinks/console-sink.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['spec/**/*.ts', 'lib/testing/**/*.ts', 'examples/**/*.{ts,tsx}', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-console': 'off',
      'rxjs-x/no-ignored-default-value': 'off',
    },
  },
  {
    files: ['spec/**/*.ts'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // chai's `to.be.true`
      '@typescript-eslint/no-unused-expressions': 'off',
      // Specs throw what hostile code throws.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/require-await': 'off',
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/throw-error': 'off',
    },
  },
  {
    // An assertion in a promise that no test awaits would fail after its test has passed. The calls named here never reject: they may stand alone.
    files: ['spec/**/*.spec.ts'],
    ignores: ['spec/collector/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { ignoreVoid: false, allowForKnownSafeCalls: [{ from: 'file', name: ['flush', 'shutdown', 'unregisterSink', 'collectAsync'] }] },
      ],
    },
  },
  {
    // Not converted yet: here `void` may precede those calls, but not a chain that could hold assertions.
    files: ['spec/collector/**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "UnaryExpression[operator='void'] > CallExpression[callee.property.name=/^(then|catch|finally)$/]",
          message: 'Await the promise, or assert outside of it: an assertion in it would fail after its test has passed.',
        },
      ],
    },
  },
  {
    // Injectors come from Angular's functions, and are taken for what they are declared to be.
    files: ['spec/angular/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // Statements about types, which nobody runs.
    files: ['spec/types/**/*.ts'],
    rules: {
      '@typescript-eslint/no-duplicate-type-constituents': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
);
