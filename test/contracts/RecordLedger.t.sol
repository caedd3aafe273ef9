// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeyAuthority} from "../../contracts/KeyAuthority.sol";
import {RecordLedger} from "../../contracts/RecordLedger.sol";
import {IKeyRegistry} from "../../contracts/interfaces/IKeyRegistry.sol";
import {IRecordLedger} from "../../contracts/interfaces/IRecordLedger.sol";
import {MerkleLog} from "../../contracts/libraries/MerkleLog.sol";

interface Vm {
    function warp(uint256 time) external;
    function assume(bool condition) external pure;
}

/// @notice Seals whatever the fuzzer asks for, in any order; counts what the ledger took.
contract SealHandler {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint32 public constant REGION = 310105;
    RecordLedger public immutable ledger;
    uint32 public sealedDays;
    uint32 public firstDay;
    mapping(uint32 day => bytes32 root) public rootOf;
    uint64 private _clock;

    constructor(uint64 clock) {
        _clock = clock;
        address[] memory registrars = new address[](1);
        registrars[0] = address(this);
        KeyAuthority authority = new KeyAuthority(address(this), registrars, 1 days, new IKeyRegistry.KnownKey[](0));
        ledger = new RecordLedger(keccak256("invariant"), authority.registry(), false, 2 days);
        authority.registry().register(
            address(this),
            "operator",
            IKeyRegistry.Role.Operator,
            bytes32(uint256(REGION)),
            clock,
            type(uint64).max
        );
    }

    function seal(uint32 day, uint64 size, bytes32 root, uint32 ahead) external {
        _clock += ahead % 3 days;
        VM.warp(_clock);
        IRecordLedger.Root[] memory roots = new IRecordLedger.Root[](1);
        roots[0] = size % 4 == 0 ? IRecordLedger.Root(0, MerkleLog.EMPTY_ROOT) : IRecordLedger.Root(size, root);
        uint32 next = sealedDays == 0 ? uint32(_clock / 1 days) - 5 : firstDay + sealedDays;
        uint32 asked = day % 3 == 0 ? next : next + (day % 5) - 2;
        try ledger.seal(REGION, 480, asked, roots) {
            if (sealedDays == 0) firstDay = asked;
            // Whatever the ledger takes must be the next day, and must be over.
            assert(asked == firstDay + sealedDays);
            assert((uint256(asked) + 1) * 1 days - 480 * 60 <= _clock);
            rootOf[asked] = roots[0].root;
            ++sealedDays;
        } catch {}
    }
}

contract RecordLedgerTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    SealHandler private _handler;

    function setUp() public {
        VM.warp(1_760_000_000);
        _handler = new SealHandler(1_760_000_000);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice No gap, no replacement: every day from the first to the last stands with the root it was sealed with.
    function invariant_daysAreSealedOnceWithoutGaps() external view {
        RecordLedger ledger = _handler.ledger();
        IRecordLedger.Region memory region = ledger.regionOf(_handler.REGION());
        uint32 count = _handler.sealedDays();
        assert(region.started == (count > 0));
        bytes32 head = keccak256(abi.encode(ledger.ledgerId(), _handler.REGION(), _handler.firstDay(), int16(480)));
        for (uint32 i = 0; i < count; ++i) {
            uint32 number = _handler.firstDay() + i;
            IRecordLedger.Day memory day = ledger.dayOf(_handler.REGION(), number);
            assert(day.sealedAt > 0);
            assert(day.root == _handler.rootOf(number));
            assert((day.size == 0) == (day.root == MerkleLog.EMPTY_ROOT));
            head = keccak256(abi.encode(head, number, day.size, day.root));
        }
        assert(count == 0 || (region.head == head && region.lastDay == _handler.firstDay() + count - 1));
    }

    /// @notice A random proof never verifies: neither a random root, nor a random leaf under a real root.
    function testFuzz_randomProofNeverVerifies(bytes32 root, uint64 size, uint64 index, bytes32 leaf, bytes32[] calldata proof) external view {
        assert(!this.check(root, size, index, leaf, proof) || proof.length == 0);
    }

    /// @notice In a tree of four, each leaf verifies at its own index and nowhere else.
    function testFuzz_bindsLeafToIndex(bytes32[4] calldata leaves, uint8 place, uint8 claimed) external view {
        VM.assume(leaves[0] != leaves[1] && leaves[2] != leaves[3] && leaves[0] != leaves[2] && leaves[1] != leaves[3]);
        uint256 i = place % 4;
        uint256 j = claimed % 4;
        bytes32[4] memory h;
        for (uint256 n = 0; n < 4; ++n) h[n] = MerkleLog.leafHash(leaves[n]);
        bytes32[2] memory pair = [MerkleLog.nodeHash(h[0], h[1]), MerkleLog.nodeHash(h[2], h[3])];
        bytes32 root = MerkleLog.nodeHash(pair[0], pair[1]);
        bytes32[] memory proof = new bytes32[](2);
        proof[0] = h[i ^ 1];
        proof[1] = pair[1 - i / 2];
        assert(this.check(root, 4, uint64(j), leaves[i], proof) == (i == j));
        assert(!this.check(root, 5, uint64(i), leaves[i], proof));
        assert(!this.check(root, 3, uint64(i), leaves[i], proof) || i < 2);
    }

    function check(bytes32 root, uint64 size, uint64 index, bytes32 leaf, bytes32[] calldata proof) external pure returns (bool) {
        return MerkleLog.verify(root, size, index, leaf, proof);
    }
}
