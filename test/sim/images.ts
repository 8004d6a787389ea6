// The images that simulated pods are made of. A list, nothing else.
export const IMAGES = ["registry.example/web:1", "registry.example/web:2", "registry.example/web:3"] as const;
