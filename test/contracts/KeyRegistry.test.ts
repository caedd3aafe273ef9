import { expect } from "chai";
import {
  type Deployed,
  deployLedger,
  ethers,
  FOREVER,
  GRANT_DELAY,
  networkHelpers,
  now,
  person,
  Role,
  regionScope,
} from "./ledger.ts";

const SCOPE = regionScope(310105);
let d: Deployed;
// Hooks belong to this file alone: at the root they would run for every test of every file.
describe("keys", () => {
  beforeEach(async () => {
    d = await networkHelpers.loadFixture(deployLedger);
  });
  const register = async (
    overrides: Partial<{ key: string; who: string; role: number; from: number | bigint; to: number | bigint }> = {},
    sender = d.registrar,
  ) =>
    d.keys.connect(sender).getFunction("register")(
      overrides.key ?? d.stranger.address,
      overrides.who ?? person("p"),
      overrides.role ?? Role.Operator,
      SCOPE,
      overrides.from ?? (await now()) + 100,
      overrides.to ?? FOREVER,
    );

  describe("KeyRegistry", () => {
    it("lets a key speak from its first second to its last, in its role and scope alone", async () => {
      const from = (await now()) + 100;
      await expect(register({ from, to: from + 50 })).to.emit(d.keys, "KeyRegistered");
      const speaks = (role: number, time: number, scope = SCOPE) =>
        d.keys.getFunction("speaks")(d.stranger.address, role, scope, time);
      expect(await speaks(Role.Operator, from - 1)).to.equal(false);
      expect(await speaks(Role.Operator, from)).to.equal(true);
      expect(await speaks(Role.Operator, from + 49)).to.equal(true);
      expect(await speaks(Role.Operator, from + 50)).to.equal(false);
      expect(await speaks(Role.Provider, from)).to.equal(false);
      expect(await speaks(Role.Operator, from, regionScope(1))).to.equal(false);
      expect((await d.keys.getFunction("keyOf")(d.stranger.address)).person).to.equal(person("p"));
    });
    it("refuses a stranger: AccessManagedUnauthorized", async () => {
      await expect(register({}, d.stranger)).to.be.revertedWithCustomError(d.keys, "AccessManagedUnauthorized");
      await expect(d.keys.connect(d.stranger).getFunction("revoke")(d.operator.address)).to.be.revertedWithCustomError(
        d.keys,
        "AccessManagedUnauthorized",
      );
    });
    it("refuses to backdate a key or end it before it begins: BadPeriod", async () => {
      await expect(register({ from: (await now()) - 1 })).to.be.revertedWithCustomError(d.keys, "BadPeriod");
      const from = (await now()) + 100;
      await expect(register({ from, to: from })).to.be.revertedWithCustomError(d.keys, "BadPeriod");
    });
    it("refuses a key without address, person or role: IncompleteKey", async () => {
      await expect(register({ key: ethers.ZeroAddress })).to.be.revertedWithCustomError(d.keys, "IncompleteKey");
      await expect(register({ who: ethers.ZeroHash })).to.be.revertedWithCustomError(d.keys, "IncompleteKey");
      await expect(register({ role: Role.None })).to.be.revertedWithCustomError(d.keys, "IncompleteKey");
    });
    it("refuses to register a key again, also after it ended: KeyAlreadyRegistered", async () => {
      await expect(register({ key: d.operator.address })).to.be.revertedWithCustomError(d.keys, "KeyAlreadyRegistered");
      await d.keys.connect(d.registrar).getFunction("revoke")(d.operator.address);
      await expect(register({ key: d.operator.address })).to.be.revertedWithCustomError(d.keys, "KeyAlreadyRegistered");
    });
    it("revokes from this block on, and what was signed before stays valid", async () => {
      const before = await now();
      await expect(d.keys.connect(d.registrar).getFunction("revoke")(d.operator.address)).to.emit(d.keys, "KeyRevoked");
      expect(await d.keys.getFunction("speaks")(d.operator.address, Role.Operator, SCOPE, before)).to.equal(true);
      expect(await d.keys.getFunction("speaks")(d.operator.address, Role.Operator, SCOPE, await now())).to.equal(false);
      await expect(d.keys.connect(d.registrar).getFunction("revoke")(d.operator.address)).to.be.revertedWithCustomError(
        d.keys,
        "KeyAlreadyEnded",
      );
    });
    it("refuses to revoke what nobody registered: UnknownKey", async () => {
      await expect(d.keys.connect(d.registrar).getFunction("revoke")(d.stranger.address)).to.be.revertedWithCustomError(
        d.keys,
        "UnknownKey",
      );
    });
    it("begins with the keys of a lost chain's registry, and says so for ever", async () => {
      expect(await d.keys.getFunction("replayed")()).to.equal(false);
      const authority = { person: person("p"), scope: SCOPE, role: Role.Operator, from: 1, to: 1000 };
      const council = await d.council.getAddress();
      const second = await ethers.deployContract("KeyAuthority", [
        council,
        [],
        GRANT_DELAY,
        [{ key: d.stranger.address, authority }],
      ]);
      const registry = await ethers.getContractAt("KeyRegistry", await second.getFunction("registry")());
      expect(await registry.getFunction("replayed")()).to.equal(true);
      expect(await registry.getFunction("speaks")(d.stranger.address, Role.Operator, SCOPE, 999)).to.equal(true);
      expect(await registry.getFunction("speaks")(d.stranger.address, Role.Operator, SCOPE, 1000)).to.equal(false);
    });
    it("lets a holder renounce a stolen key", async () => {
      await expect(d.keys.connect(d.operator).getFunction("renounce")()).to.emit(d.keys, "KeyRevoked");
      await expect(d.keys.connect(d.stranger).getFunction("renounce")()).to.be.revertedWithCustomError(
        d.keys,
        "UnknownKey",
      );
    });
  });

  describe("KeyAuthority and Council", () => {
    const motion = async (data: string, target?: string) => {
      const to = target ?? (await d.authority.getAddress());
      await d.council.connect(d.memberA).getFunction("propose")(to, data);
      return 0n;
    };
    const grant = () => d.authority.interface.encodeFunctionData("grantRole", [1n, d.stranger.address, 0]);

    it("appoints a registrar by two members, after the grant delay", async () => {
      const id = await motion(grant());
      await d.council.connect(d.memberB).getFunction("carry")(id);
      await expect(register({ key: d.deployer.address }, d.stranger)).to.be.revertedWithCustomError(
        d.keys,
        "AccessManagedUnauthorized",
      );
      await networkHelpers.time.increase(GRANT_DELAY + 1);
      await expect(register({ key: d.deployer.address }, d.stranger)).to.emit(d.keys, "KeyRegistered");
    });
    it("refuses a motion by one member alone: SecondMemberNeeded", async () => {
      const id = await motion(grant());
      await expect(d.council.connect(d.memberA).getFunction("carry")(id)).to.be.revertedWithCustomError(
        d.council,
        "SecondMemberNeeded",
      );
    });
    it("refuses strangers: NotMember", async () => {
      await expect(
        d.council.connect(d.stranger).getFunction("propose")(d.operator.address, "0x"),
      ).to.be.revertedWithCustomError(d.council, "NotMember");
      await expect(d.council.connect(d.stranger).getFunction("carry")(0)).to.be.revertedWithCustomError(
        d.council,
        "NotMember",
      );
    });
    it("refuses a motion that does not exist, or twice: UnknownMotion, AlreadyCarried", async () => {
      await expect(d.council.connect(d.memberB).getFunction("carry")(0)).to.be.revertedWithCustomError(
        d.council,
        "UnknownMotion",
      );
      const id = await motion(grant());
      await d.council.connect(d.memberB).getFunction("carry")(id);
      await expect(d.council.connect(d.memberC).getFunction("carry")(id)).to.be.revertedWithCustomError(
        d.council,
        "AlreadyCarried",
      );
    });
    it("refuses a council of one, or of one person twice: TooFewMembers, DuplicateMember", async () => {
      await expect(ethers.deployContract("Council", [[d.memberA.address]])).to.be.revertedWithCustomError(
        d.council,
        "TooFewMembers",
      );
      await expect(
        ethers.deployContract("Council", [[d.memberA.address, d.memberA.address]]),
      ).to.be.revertedWithCustomError(d.council, "DuplicateMember");
    });
    it("never closes the registry: TargetsStayOpen", async () => {
      const id = await motion(
        d.authority.interface.encodeFunctionData("setTargetClosed", [await d.keys.getAddress(), true]),
      );
      await expect(d.council.connect(d.memberB).getFunction("carry")(id)).to.be.revertedWithCustomError(
        d.authority,
        "TargetsStayOpen",
      );
    });
    it("never moves the registry to another authority: AuthorityIsFixed", async () => {
      const id = await motion(
        d.authority.interface.encodeFunctionData("updateAuthority", [await d.keys.getAddress(), d.stranger.address]),
      );
      await expect(d.council.connect(d.memberB).getFunction("carry")(id)).to.be.revertedWithCustomError(
        d.authority,
        "AuthorityIsFixed",
      );
    });
    it("never takes the grant delay away: DelayRequired", async () => {
      const id = await motion(d.authority.interface.encodeFunctionData("setGrantDelay", [1n, 0]));
      await expect(d.council.connect(d.memberB).getFunction("carry")(id)).to.be.revertedWithCustomError(
        d.authority,
        "DelayRequired",
      );
      await expect(
        ethers.deployContract("KeyAuthority", [await d.council.getAddress(), [], 0, []]),
      ).to.be.revertedWithCustomError(d.authority, "DelayRequired");
    });
    it("lets two members lengthen the delay, five days later", async () => {
      const id = await motion(d.authority.interface.encodeFunctionData("setGrantDelay", [1n, 2 * GRANT_DELAY]));
      await d.council.connect(d.memberB).getFunction("carry")(id);
      expect(await d.authority.getFunction("getRoleGrantDelay")(1n)).to.equal(BigInt(GRANT_DELAY));
      await networkHelpers.time.increase(5 * 86_400 + 1);
      expect(await d.authority.getFunction("getRoleGrantDelay")(1n)).to.equal(BigInt(2 * GRANT_DELAY));
    });
  });
});
