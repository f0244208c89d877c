/** What a table reads from the address, and what its controls write there. */
import { go, hrefWith, type Params, type Route } from './route.ts'

export interface TableAddress<Order extends string> {
  sort: Order
  descending: boolean
  /** The ID of the row that is open. */
  open: string | null
  /** Another filter begins on the first page, with nothing open. */
  filterBy(changes: Params): void
  sortBy(sort: string, descending: boolean): void
  openRow(id: string | null): void
}

/** @param orders how the rows can be sorted; the first is the one they come in */
export function tableAddress<Order extends string>(
  route: Route,
  searched: string,
  orders: readonly [Order, ...Order[]],
): TableAddress<Order> {
  const { params } = route
  const [first] = orders
  return {
    sort: orders.find((name) => name === params.get('sort')) ?? first,
    descending: params.get('order') === 'desc',
    open: params.get('open'),
    filterBy: (changes) => go(hrefWith(route, { ...changes, page: null, open: null })),
    sortBy: (sort, descending) => {
      const order = { sort: sort === first ? null : sort, order: descending ? 'desc' : null }
      go(hrefWith(route, { q: searched, ...order, page: null }), 'replace')
    },
    openRow: (id) => go(hrefWith(route, { q: searched, open: id }), 'replace'),
  }
}

/** The page of the table; the address has it when it is not the first. */
export function usePage(route: Route, fallback: number): [number, (page: number) => void] {
  const given = Number.parseInt(route.params.get('page') ?? '', 10)
  const page = given >= 1 ? given - 1 : fallback
  return [page, (next) => go(hrefWith(route, { page: String(next + 1) }), 'replace')]
}
