import { execFile } from 'node:child_process';

/** Where and with what environment a command runs. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program without a shell and returns what it wrote to standard output, trimmed.
 *
 * @throws Error that names the command, with the last 30 lines that it wrote, if it cannot be started or its exit status is
 *   not 0.
 */
export function command(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      maxBuffer: 256 * 1024 * 1024,
    };
    execFile(file, [...args], settings, (failure, stdout, stderr) => {
      if (failure === null) resolve(stdout.trim());
      else reject(new Error(`${[file, ...args].join(' ')}\n${lastLines(`${stdout}${stderr}`) || failure.message}`));
    });
  });
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-30).join('\n');
}
