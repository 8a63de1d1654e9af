export type Event =
  | { readonly kind: 'received'; readonly sku: string; readonly quantity: number }
  | { readonly kind: 'reserved'; readonly order: string }
  | { readonly kind: 'confirmed'; readonly order: string }
  | { readonly kind: 'cancelled'; readonly order: string }
  | { readonly kind: 'expired'; readonly order: string };

/** An event as a line for people. */
export function formatEvent(event: Event): string {
  return event.kind === 'received' ? `received ${event.quantity} ${event.sku}` : `${event.kind} ${event.order}`;
}
