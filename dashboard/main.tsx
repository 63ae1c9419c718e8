import '@fontsource-variable/inter/wght.css';
import './mantine.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { queryClient } from './api/client.ts';
import { Gate } from './frame/gate.tsx';
import { cssVariablesResolver, nonce, schemeManager, theme } from './theme.ts';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemeManager}
      cssVariablesResolver={cssVariablesResolver}
      getStyleNonce={nonce}
    >
      <QueryClientProvider client={queryClient}>
        <Router base="/dashboard">
          <Gate />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
