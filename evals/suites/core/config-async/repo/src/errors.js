export class ConfigError extends Error {
  constructor(file, line, problem) {
    super(line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`);
    this.name = 'ConfigError';
    this.file = file;
    this.line = line;
  }
}
