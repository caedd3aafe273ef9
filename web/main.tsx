import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { mount } from "./frame.tsx";
import { Shell } from "./shell.tsx";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 10_000 } } });

mount(
  <QueryClientProvider client={queries}>
    <Shell />
  </QueryClientProvider>,
);
