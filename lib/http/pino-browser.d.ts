/** pino types its build for browsers with the one for Node, and only under the package's own name. */
declare module 'pino/browser.js' {
  export { pino } from 'pino';
}
