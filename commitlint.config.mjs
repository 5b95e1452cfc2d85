/** `npm run lint:commits -- --from REF`: `type(scope): imperative`, at most 72 characters. */
export default {
  extends: ['@commitlint/config-conventional'],
  rules: {
    'header-max-length': [2, 'always', 72],
    'type-enum': [2, 'always', ['feat', 'fix', 'perf', 'refactor', 'test', 'docs', 'build', 'ci', 'chore', 'style', 'revert']],
    // Names such as `EventCollector` keep their case.
    'subject-case': [0],
    'body-max-line-length': [0],
  },
};
