export { HoldfastClient, type HoldfastOptions } from "./holdfast-client";
export { newOperationId } from "./identifier";
export * from "./protocol";
export { type ConnectionState, type HoldfastState, Observable, type OwnSeat, type SeatOnScreen } from "./state";
export type { TextStorage } from "./storage";
