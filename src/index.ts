/** What a program may import from the package `freehold`. */

export { configFrom, loadConfig } from './config/load.ts';
export { ConfigError } from './config/problem.ts';
export type { Config } from './config/schema.ts';
export { createGateway, type ExchangeRecord, type Gateway, type GatewayOptions } from './gateway.ts';
