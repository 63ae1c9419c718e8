import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef } from 'react';
import type { LiveExchange } from '../../../src/http/contract.ts';
import { address, SESSION } from '../../api/client.ts';

/** Exchanges that are shown when they are over. */
const KEPT = 100;

/** Milliseconds between two drawings, however much happens. */
const DRAW = 200;

export interface Feed {
  /** `connecting` also while it comes back after a break. */
  state: 'connecting' | 'open' | 'refused';
  /** Newest first. */
  going: readonly LiveExchange[];
  ended: readonly LiveExchange[];
  /** Since the page was opened. */
  count: number;
}

/**
 * The gateway's live feed. The browser comes back by itself after a break and asks for what it missed.
 * @param isPaused nothing changes on the page; what happens meanwhile is shown afterwards
 */
export function useFeed(isPaused: boolean): Feed {
  const client = useQueryClient();
  const feed = useRef<{ going: Map<string, LiveExchange>; ended: LiveExchange[]; state: Feed['state']; count: number; isStale: boolean }>({
    going: new Map(),
    ended: [],
    state: 'connecting',
    count: 0,
    isStale: false,
  });
  const shown = useRef<Feed>({ state: 'connecting', going: [], ended: [], count: 0 });
  const [, draw] = useReducer((times: number) => times + 1, 0);

  useEffect(() => {
    const current = feed.current;
    const source = new EventSource(address('/live'));
    const enter = (state: Feed['state']) => {
      current.state = state;
      current.isStale = true;
    };
    source.onopen = () => enter('open');
    source.onerror = () => {
      enter(source.readyState === EventSource.CLOSED ? 'refused' : 'connecting');
      if (source.readyState === EventSource.CLOSED) void client.invalidateQueries({ queryKey: SESSION });
    };
    source.addEventListener('running', ({ data }) => {
      const ids = new Set(JSON.parse(data) as string[]);
      for (const id of current.going.keys()) if (!ids.has(id)) current.going.delete(id);
      current.isStale = true;
    });
    source.addEventListener('exchange', ({ data }) => {
      const exchange = JSON.parse(data) as LiveExchange;
      current.isStale = true;
      if (exchange.state !== 'ended') {
        if (!current.ended.some(({ id }) => id === exchange.id)) current.going.set(exchange.id, exchange);
        return;
      }
      current.going.delete(exchange.id);
      if (current.ended.some(({ id }) => id === exchange.id)) return;
      current.count++;
      current.ended = [exchange, ...current.ended].slice(0, KEPT);
    });
    return () => source.close();
  }, [client]);

  useEffect(() => {
    if (isPaused) return;
    const timer = setInterval(() => {
      const { going, ended, state, count, isStale } = feed.current;
      if (!isStale) return;
      feed.current.isStale = false;
      shown.current = { state, going: [...going.values()].sort((one, other) => other.at - one.at), ended, count };
      draw();
    }, DRAW);
    return () => clearInterval(timer);
  }, [isPaused]);

  return shown.current;
}
