// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IKeyRegistry} from "./interfaces/IKeyRegistry.sol";
import {IRecordLedger} from "./interfaces/IRecordLedger.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {Statements} from "./libraries/Statements.sol";

/// @title Sealed days and kept promises
/// @notice One root a day and region, never replaced, and what its operator broke; see IRecordLedger.
contract RecordLedger is IRecordLedger {
    using Statements for Submission;
    using Statements for Receipt;
    using Statements for Checkpoint;

    /// @dev A receipt can be challenged once its day must be over and sealed, wherever the region's midnight lies.
    uint64 private constant CHALLENGE_AFTER = 1 days + 2 hours;
    int16 private constant MAX_OFFSET = 14 * 60;

    /// @inheritdoc IRecordLedger
    bytes32 public immutable ledgerId;
    /// @inheritdoc IRecordLedger
    bool public immutable simulated;
    /// @inheritdoc IRecordLedger
    IKeyRegistry public immutable keys;
    /// @inheritdoc IRecordLedger
    uint64 public immutable answerWindow;
    bytes32 private immutable _domain;

    mapping(uint32 region => Region) private _regions;
    mapping(uint32 region => mapping(uint32 day => Day)) private _days;
    mapping(bytes32 id => Challenge) private _challenges;
    /// @inheritdoc IRecordLedger
    mapping(uint32 region => mapping(bytes32 submission => uint64)) public lodgedAt;
    /// @inheritdoc IRecordLedger
    mapping(bytes32 id => bool) public convicted;
    /// @inheritdoc IRecordLedger
    mapping(uint32 region => uint64) public convictionsOf;

    /// @notice Fixes the ledger's name and whose signatures count.
    /// @param id the ledger's own name, 32 random bytes, kept by every successor contract
    /// @param registry whose signatures count
    /// @param onSimulatedClock true for demonstrations only; every verifier says so
    /// @param window seconds that an operator has to answer a challenge
    constructor(bytes32 id, IKeyRegistry registry, bool onSimulatedClock, uint64 window) {
        ledgerId = id;
        keys = registry;
        simulated = onSimulatedClock;
        answerWindow = window;
        _domain = Statements.domain(id);
    }

    // ------------------------------------------------------------------ days

    /// @inheritdoc IRecordLedger
    function seal(uint32 region, int16 offset, uint32 firstDay, Root[] calldata roots) external {
        _requireOperator(msg.sender, region, uint64(block.timestamp));
        if (roots.length == 0) revert NothingToSeal();
        Region storage r = _regions[region];
        if (r.successor != 0) revert RegionRetired(region);
        _startOrContinue(r, region, offset, firstDay);

        bytes32 head = r.head;
        for (uint32 i = 0; i < roots.length; ++i) {
            head = _sealDay(region, firstDay + i, offset, head, roots[i]);
        }
        r.head = head;
        r.lastDay = firstDay + uint32(roots.length) - 1;
    }

    /// @inheritdoc IRecordLedger
    function retire(uint32 region, uint32 lastDay, uint32 successor) external {
        _requireOperator(msg.sender, region, uint64(block.timestamp));
        Region storage r = _regions[region];
        if (!r.started || successor == 0) revert RegionNotStarted(region);
        if (r.successor != 0) revert RegionRetired(region);
        if (r.lastDay != lastDay) revert DayOutOfOrder(r.lastDay, lastDay);

        r.successor = successor;
        emit Retired(region, lastDay, successor);
    }

    /// @inheritdoc IRecordLedger
    function verify(uint32 region, uint32 day, uint64 index, bytes32 digest, bytes32[] calldata proof) external view returns (bool) {
        Day storage d = _days[region][day];
        return MerkleLog.verify(d.root, d.size, index, digest, proof);
    }

    // -------------------------------------------------------------- promises

    /// @inheritdoc IRecordLedger
    function challenge(Receipt calldata receipt, bytes calldata signature, uint32 k) external returns (bytes32 id) {
        bytes32 digest = receipt.digest(_domain);
        address operator = _operatorOf(receipt, digest, signature);
        if (k >= receipt.count) revert LeafOutOfRange(k, receipt.count);
        uint64 notBefore = receipt.receivedAt + CHALLENGE_AFTER;
        if (block.timestamp < notBefore) revert TooEarly(notBefore);
        id = keccak256(abi.encode(digest, k));
        if (_challenges[id].status != ChallengeStatus.None) revert AlreadyChallenged(id);

        uint64 deadline = uint64(block.timestamp) + answerWindow;
        uint64 index = receipt.firstIndex + k;
        _challenges[id] = Challenge(ChallengeStatus.Open, deadline, operator, receipt.region, receipt.day, index);
        emit Challenged(id, receipt.region, receipt.day, index, operator, deadline);
    }

    /// @inheritdoc IRecordLedger
    function answer(
        Receipt calldata receipt,
        uint32 k,
        Submission calldata submission,
        bytes32 digest,
        bytes32[] calldata submissionProof,
        bytes32[] calldata dayProof
    ) external {
        bytes32 id = keccak256(abi.encode(receipt.digest(_domain), k));
        Challenge storage c = _challenges[id];
        if (c.status != ChallengeStatus.Open) revert NotOpen(id);
        if (block.timestamp > c.deadline) revert AnswerTooLate(c.deadline);
        _requireInSubmission(receipt, submission, k, digest, submissionProof);
        Day storage d = _days[c.region][c.day];
        if (!MerkleLog.verify(d.root, d.size, c.index, digest, dayProof)) revert NotInDay(digest, c.day, c.index);

        c.status = ChallengeStatus.Answered;
        emit Answered(id, digest);
    }

    /// @inheritdoc IRecordLedger
    function expire(bytes32 id) external {
        Challenge storage c = _challenges[id];
        if (c.status != ChallengeStatus.Open) revert NotOpen(id);
        if (block.timestamp <= c.deadline) revert AnswerStillPossible(c.deadline);

        c.status = ChallengeStatus.Broken;
        ++convictionsOf[c.region];
        emit PromiseBroken(id, c.region, c.operator, c.day, c.index);
    }

    /// @inheritdoc IRecordLedger
    function contradictReceipts(Promise calldata a, Promise calldata b) external {
        address operator = _requirePromise(a);
        _requirePromise(b);
        bool samePlace = a.receipt.region == b.receipt.region &&
            a.receipt.day == b.receipt.day &&
            a.receipt.firstIndex + a.k == b.receipt.firstIndex + b.k;
        if (!samePlace || a.digest == b.digest) revert NoContradiction();

        bytes32 id = keccak256(abi.encode("receipts", a.receipt.region, a.receipt.day, a.receipt.firstIndex + a.k));
        _convict(id, a.receipt.region, a.receipt.day, operator);
    }

    /// @inheritdoc IRecordLedger
    function contradictCheckpoints(Checkpoint calldata a, bytes calldata sigA, Checkpoint calldata b, bytes calldata sigB) external {
        address operator = _checkpointOperator(a, sigA);
        _checkpointOperator(b, sigB);
        bool sameSize = a.region == b.region && a.day == b.day && a.size == b.size;
        if (!sameSize || a.root == b.root) revert NoContradiction();

        _convict(keccak256(abi.encode("checkpoints", a.region, a.day, a.size)), a.region, a.day, operator);
    }

    /// @inheritdoc IRecordLedger
    function contradictSeal(Checkpoint calldata checkpoint, bytes calldata signature) external {
        address operator = _checkpointOperator(checkpoint, signature);
        Day storage d = _days[checkpoint.region][checkpoint.day];
        bool larger = checkpoint.size > d.size;
        bool other = checkpoint.size == d.size && checkpoint.root != d.root;
        if (d.sealedAt == 0 || !(larger || other)) revert NoContradiction();

        _convict(keccak256(abi.encode("seal", checkpoint.region, checkpoint.day)), checkpoint.region, checkpoint.day, operator);
    }

    /// @inheritdoc IRecordLedger
    function lodge(uint32 region, bytes32 submission) external {
        IKeyRegistry.Key memory key = keys.keyOf(msg.sender);
        // No need to name the provider: whose submission it is stands in its hash.
        if (!keys.speaks(msg.sender, IKeyRegistry.Role.Provider, key.scope, uint64(block.timestamp))) revert NotProvider(msg.sender);
        if (lodgedAt[region][submission] != 0) revert AlreadyLodged(submission);

        lodgedAt[region][submission] = uint64(block.timestamp);
        emit Lodged(region, submission, msg.sender);
    }

    // ----------------------------------------------------------------- views

    /// @inheritdoc IRecordLedger
    function regionOf(uint32 region) external view returns (Region memory) {
        return _regions[region];
    }

    /// @inheritdoc IRecordLedger
    function dayOf(uint32 region, uint32 day) external view returns (Day memory) {
        return _days[region][day];
    }

    /// @inheritdoc IRecordLedger
    function challengeOf(bytes32 id) external view returns (Challenge memory) {
        return _challenges[id];
    }

    // --------------------------------------------------------------- private

    function _startOrContinue(Region storage r, uint32 region, int16 offset, uint32 firstDay) private {
        if (r.started) {
            if (offset != r.offset) revert OffsetDiffers(r.offset, offset);
            if (firstDay != r.lastDay + 1) revert DayOutOfOrder(r.lastDay + 1, firstDay);
            return;
        }
        if (offset > MAX_OFFSET || offset < -MAX_OFFSET) revert OffsetOutOfRange(offset);
        r.started = true;
        r.offset = offset;
        r.firstDay = firstDay;
        r.head = keccak256(abi.encode(ledgerId, region, firstDay, offset));
    }

    function _sealDay(uint32 region, uint32 day, int16 offset, bytes32 head, Root calldata sealing) private returns (bytes32 next) {
        uint64 endsAt = uint64(uint256(int256((uint256(day) + 1) * 1 days) - int256(offset) * 60));
        if (block.timestamp < endsAt) revert DayNotOver(day, endsAt);
        if ((sealing.size == 0) != (sealing.root == MerkleLog.EMPTY_ROOT)) revert EmptyDayMismatch(day, sealing.size, sealing.root);

        _days[region][day] = Day({root: sealing.root, size: sealing.size, sealedAt: uint64(block.timestamp)});
        next = keccak256(abi.encode(head, day, sealing.size, sealing.root));
        emit Sealed(region, day, sealing.size, sealing.root, next);
    }

    function _requireOperator(address signer, uint32 region, uint64 time) private view {
        bytes32 scope = bytes32(uint256(region));
        if (!keys.speaks(signer, IKeyRegistry.Role.Operator, scope, time)) revert NotOperator(signer, region);
    }

    function _operatorOf(Receipt calldata receipt, bytes32 digest, bytes calldata signature) private view returns (address operator) {
        operator = ECDSA.recoverCalldata(digest, signature);
        _requireOperator(operator, receipt.region, receipt.receivedAt);
    }

    /// @dev A checkpoint carries no time, and only its maker could have signed it: a key that ever was the operator's convicts.
    function _checkpointOperator(Checkpoint calldata c, bytes calldata signature) private view returns (address operator) {
        operator = ECDSA.recoverCalldata(c.digest(_domain), signature);
        IKeyRegistry.Key memory key = keys.keyOf(operator);
        bool operates = key.role == IKeyRegistry.Role.Operator && key.scope == bytes32(uint256(c.region));
        if (!operates) revert NotOperator(operator, c.region);
    }

    function _requirePromise(Promise calldata p) private view returns (address operator) {
        operator = _operatorOf(p.receipt, p.receipt.digest(_domain), p.signature);
        if (p.k >= p.receipt.count) revert LeafOutOfRange(p.k, p.receipt.count);
        _requireInSubmission(p.receipt, p.submission, p.k, p.digest, p.proof);
    }

    function _requireInSubmission(
        Receipt calldata receipt,
        Submission calldata submission,
        uint32 k,
        bytes32 digest,
        bytes32[] calldata proof
    ) private pure {
        bytes32 given = submission.hash();
        if (given != receipt.submission) revert SubmissionMismatch(receipt.submission, given);
        if (!MerkleLog.verify(submission.root, submission.count, k, digest, proof)) revert NotInSubmission(digest, k);
    }

    function _convict(bytes32 id, uint32 region, uint32 day, address operator) private {
        if (convicted[id]) revert AlreadyConvicted(id);

        convicted[id] = true;
        ++convictionsOf[region];
        emit Contradicted(id, region, operator, day);
    }
}
