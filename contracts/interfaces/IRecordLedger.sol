// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IKeyRegistry} from "./IKeyRegistry.sol";

/// @title The public memory of the record days
/// @notice Holds, for each region, one root a day: sealed once, without gaps, never replaced. And holds the operator to
/// its receipts: a promise that is not kept is recorded here for ever.
interface IRecordLedger {
    /// @param size entries in the day, zero exactly when root is the empty root
    /// @param root of the day's tree (RFC 6962 shape, keccak256)
    struct Root {
        uint64 size;
        bytes32 root;
    }

    /// @param sealedAt block time of the seal, zero while the day is not sealed
    struct Day {
        bytes32 root;
        uint64 size;
        uint64 sealedAt;
    }

    /// @param head keccak(abi.encode(head before, day, size, root)) over all days
    /// @param offset minutes east of UTC, fixed by the first seal
    /// @param successor region that goes on after retirement, zero while active
    struct Region {
        bytes32 head;
        uint32 firstDay;
        uint32 lastDay;
        int16 offset;
        bool started;
        uint32 successor;
    }

    /// @notice A provider's signature over the tree of its entries' digests.
    struct Submission {
        string submitter;
        bytes32 root;
        uint32 count;
        uint64 signedAt;
    }

    /// @notice The operator's promise: leaf k of the submission stands at firstIndex + k of that day's tree.
    struct Receipt {
        bytes32 submission;
        uint32 region;
        uint32 day;
        uint64 firstIndex;
        uint32 count;
        uint64 receivedAt;
        bytes32 head;
    }

    /// @notice The operator's statement of a day's tree at one size.
    struct Checkpoint {
        uint32 region;
        uint32 day;
        uint64 size;
        bytes32 root;
        bytes32 head;
    }

    /// @notice That `digest` is leaf `k` of the submission that a signed receipt names.
    struct Promise {
        Receipt receipt;
        bytes signature;
        Submission submission;
        uint32 k;
        bytes32 digest;
        bytes32[] proof;
    }

    enum ChallengeStatus {
        None,
        Open,
        Answered,
        Broken
    }

    struct Challenge {
        ChallengeStatus status;
        uint64 deadline;
        address operator;
        uint32 region;
        uint32 day;
        uint64 index;
    }

    event Sealed(uint32 indexed region, uint32 indexed day, uint64 size, bytes32 root, bytes32 head);
    event Retired(uint32 indexed region, uint32 lastDay, uint32 successor);
    event Challenged(bytes32 indexed id, uint32 indexed region, uint32 indexed day, uint64 index, address operator, uint64 deadline);
    event Answered(bytes32 indexed id, bytes32 digest);
    /// @notice The operator did not answer in time: the receipted record is not where it was promised.
    event PromiseBroken(bytes32 indexed id, uint32 indexed region, address indexed operator, uint32 day, uint64 index);
    /// @notice Two signed statements of the operator exclude each other.
    event Contradicted(bytes32 indexed id, uint32 indexed region, address indexed operator, uint32 day);
    event Lodged(uint32 indexed region, bytes32 indexed submission, address indexed by);

    error NotOperator(address signer, uint32 region);
    error NothingToSeal();
    error OffsetOutOfRange(int16 offset);
    error OffsetDiffers(int16 sealedWith, int16 offset);
    error DayOutOfOrder(uint32 expected, uint32 day);
    error DayNotOver(uint32 day, uint64 endsAt);
    error EmptyDayMismatch(uint32 day, uint64 size, bytes32 root);
    error RegionNotStarted(uint32 region);
    error RegionRetired(uint32 region);
    error LeafOutOfRange(uint32 k, uint32 count);
    error TooEarly(uint64 notBefore);
    error AlreadyChallenged(bytes32 id);
    error NotOpen(bytes32 id);
    error AnswerTooLate(uint64 deadline);
    error AnswerStillPossible(uint64 deadline);
    error SubmissionMismatch(bytes32 promised, bytes32 given);
    error NotInSubmission(bytes32 digest, uint32 k);
    error NotInDay(bytes32 digest, uint32 day, uint64 index);
    error NoContradiction();
    error AlreadyConvicted(bytes32 id);
    error NotProvider(address sender);
    error AlreadyLodged(bytes32 submission);

    /// @notice Seals one or more days of a region, in order. Only the region's operator.
    /// @param offset minutes east of UTC; the first call fixes it
    /// @param firstDay the day of roots[0]; any on the first call, then the last sealed day + 1
    function seal(uint32 region, int16 offset, uint32 firstDay, Root[] calldata roots) external;

    /// @notice Ends a region after its last sealed day, for ever (regions merge and split). Only its operator.
    function retire(uint32 region, uint32 lastDay, uint32 successor) external;

    /// @notice Whether the entry with this digest stands at this place of a sealed day.
    function verify(uint32 region, uint32 day, uint64 index, bytes32 digest, bytes32[] calldata proof) external view returns (bool);

    /// @notice Demands that the operator show leaf k of a receipt in its day. Anyone with the receipt.
    function challenge(Receipt calldata receipt, bytes calldata signature, uint32 k) external returns (bytes32 id);

    /// @notice Answers a challenge: the leaf in the submission, and the same leaf in the day. Anyone.
    function answer(
        Receipt calldata receipt,
        uint32 k,
        Submission calldata submission,
        bytes32 digest,
        bytes32[] calldata submissionProof,
        bytes32[] calldata dayProof
    ) external;

    /// @notice Records an unanswered challenge as a broken promise, after its deadline. Anyone.
    function expire(bytes32 id) external;

    /// @notice Convicts at once: two receipts promise different entries for one place.
    function contradictReceipts(Promise calldata a, Promise calldata b) external;

    /// @notice Convicts at once: two checkpoints state different roots for one size of one day.
    function contradictCheckpoints(Checkpoint calldata a, bytes calldata sigA, Checkpoint calldata b, bytes calldata sigB) external;

    /// @notice Convicts at once: a checkpoint states more entries than the day was sealed with, or another root.
    function contradictSeal(Checkpoint calldata checkpoint, bytes calldata signature) external;

    /// @notice Puts a submission's hash on the chain when the operator does not answer. Only providers' keys.
    function lodge(uint32 region, bytes32 submission) external;

    function regionOf(uint32 region) external view returns (Region memory);
    function dayOf(uint32 region, uint32 day) external view returns (Day memory);
    function challengeOf(bytes32 id) external view returns (Challenge memory);
    function convicted(bytes32 id) external view returns (bool);
    /// @return time block time at which the submission was lodged, zero when it was not
    function lodgedAt(uint32 region, bytes32 submission) external view returns (uint64 time);
    /// @notice Broken promises and contradictions of a region's operators so far.
    function convictionsOf(uint32 region) external view returns (uint64);
    function ledgerId() external view returns (bytes32);
    function simulated() external view returns (bool);
    function keys() external view returns (IKeyRegistry);
    function answerWindow() external view returns (uint64);
}
