// Tells a message. Input: {"message": text, "level": word}; answer: {delivered, text}. Log and errors: standard error.
import { readFileSync } from 'node:fs';

const LEVELS = ['info', 'warning', 'error'];

function formatMessage(request) {
  if (typeof request !== 'object' || request === null) {
    throw new Error('the input must be an object like {"message": "Built"}');
  }
  const { message, level = 'info' } = request;
  if (typeof message !== 'string' || message.trim() === '') {
    throw new Error('the message is missing or blank: write what people should know');
  }
  if (!LEVELS.includes(level)) throw new Error(`the level is ${level}; it must be one of ${LEVELS.join(', ')}`);
  return `[${level.toUpperCase()}] ${message}`;
}

// The log is kept with the run and shown while it runs; a message is one line of it.
function deliver(text) {
  console.error(text.replace(/\s*[\r\n]\s*/g, ' '));
}

try {
  const text = formatMessage(JSON.parse(readFileSync(0, 'utf8')));
  deliver(text);
  process.stdout.write(JSON.stringify({ delivered: true, text }));
} catch (error) {
  // The last {"error": …} line of the log becomes the error of the node.
  console.error(JSON.stringify({ error: error.message }));
  process.exitCode = 1;
}
