import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { installed } from './setup/part.ts';
import { cfnGuard, cfnLint } from './setup/parts-template-checks.ts';
import { interpreter } from './setup/python.ts';

/** What a checker reported. `status` 0 means that it found nothing. */
export interface CheckResult {
  readonly status: number;
  readonly output: string;
}

/**
 * Runs cfn-lint 1.58 with its own arguments, for example `['--regions', 'us-east-1', '--', 'template.json']`.
 * The status is a sum: 2 errors, 4 warnings, 8 informational.
 */
export function runCfnLint(args: readonly string[]): Promise<CheckResult> {
  const start = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  return run(interpreter(installed(cfnLint)), ['-c', start, ...args]);
}

/**
 * Runs cfn-guard 3.1 with its own arguments, for example `['validate', '--data', 'template.json', '--rules', 'rules.guard']`.
 * The status is 19 if a rule fails, and 5 if a file cannot be read.
 */
export function runCfnGuard(args: readonly string[]): Promise<CheckResult> {
  return run(join(installed(cfnGuard), 'cfn-guard'), args);
}

function run(file: string, args: readonly string[]): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { maxBuffer: 64 * 1024 * 1024 }, (failure, stdout, stderr) => {
      const status = failure === null ? 0 : failure.code;
      if (typeof status === 'number') resolve({ status, output: stdout + stderr });
      else reject(failure);
    });
  });
}
