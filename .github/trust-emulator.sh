#!/usr/bin/env bash
# Linux is told by SSL_CERT_FILE whom to trust; macOS and Windows only trust what their store has.
set -euo pipefail

dotnet run --project tests/EntraEmulator -- ca --out "$RUNNER_TEMP/emulator.pem"
echo "MONITORTOKEN_EMULATOR_CA=$RUNNER_TEMP/emulator.pem" >> "$GITHUB_ENV"
if [ "$RUNNER_OS" = Windows ]; then
  certutil -addstore Root "$(cygpath -w "$RUNNER_TEMP/emulator.crt")"
else
  sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "$RUNNER_TEMP/emulator.crt"
fi
