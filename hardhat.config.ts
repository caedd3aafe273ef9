import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import chaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import networkHelpers from "@nomicfoundation/hardhat-network-helpers";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

/** The compiler comes from npm, by path: nothing is downloaded, and it works with the network cut. */
export default defineConfig({
  plugins: [hardhatEthers, chaiMatchers, hardhatMocha, networkHelpers],
  solidity: {
    version: "0.8.37",
    path: require.resolve("solc/soljson.js"),
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun" },
  },
  paths: { tests: { mocha: "./test/contracts", solidity: "./test/contracts" } },
  networks: { default: { type: "edr-simulated", chainType: "l1", chainId: 31337 } },
  test: {
    mocha: { timeout: 60_000 },
    solidity: { fuzz: { runs: 256 }, invariant: { runs: 128, depth: 80, failOnRevert: true } },
  },
});
