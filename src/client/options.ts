// Small closed choices that several calls share.

export type DeletePropagation = "Background" | "Foreground" | "Orphan";
