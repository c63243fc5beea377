! Everything that can be emitted, and what is answered. usage: emit STORE; tests/python/fortran.py
! reads what it leaves.
program emit
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check
  use metalab
  implicit none
  character(len=512) :: store

  call get_command_argument(1, store)
  call metrics_and_records()
  call arrays()
  call places()
  call errors()
  call ends()
  call identity()
  call finish_checks()

contains

  subroutine open_run(run, experiment)
    type(metalab_capture), intent(inout) :: run
    character(len=*), intent(in) :: experiment
    type(metalab_options) :: options
    character(len=200) :: errmsg
    integer :: stat

    call options%store(store)
    call options%experiment(experiment)
    call options%code_hash('')
    errmsg = ''
    call run%open(options, stat, errmsg)
    call expect_status(stat, METALAB_OK, 'open: ' // trim(errmsg))
  end subroutine

  subroutine metrics_and_records()
    type(metalab_options) :: options
    type(metalab_capture) :: run, copy
    type(metalab_series) :: residual, whole
    type(metalab_stream) :: stream
    character(len=40) :: padded
    integer :: stat, k
    integer(int64) :: k64

    call options%store(store)
    call options%experiment('values:1')
    call options%experiment_description('of Fortran')
    call options%add_experiment_tag('fortran')
    call options%param('i', 1)
    call options%param('i64', 9007199254740993_int64)
    call options%param('r', 0.5)
    call options%param('d', 1d-3)
    call options%param('l', .true.)
    padded = 'text'
    call options%param('c', padded)
    call options%params_json('{"list": [1, 2]}')
    call options%context_json('{"mesh": "fine"}')
    call options%metadata_json('{"who": "me"}')
    call options%add_tag('a')
    call options%note('first')
    call options%seed(42)
    call options%replicate(3)
    call options%code_hash('')
    call options%flush_interval(0.01d0)
    call options%refresh_interval(0d0)
    call options%if_success(METALAB_IF_SUCCESS_RERUN)
    call options%durable(.false.)
    call options%end_time(0_int64)
    call options%stop_before(0d0)
    call options%signals(0)
    call options%compiler('by hand')
    call options%rank(0, 1)
    call options%ranks_param('ranks')
    call options%role(METALAB_ROLE_OWNER)
    call options%attach_patience(1d0)
    call options%sample(0d0)
    call run%open(options, stat)
    call expect_status(stat, METALAB_OK, 'open')
    call expect(run%is_open() .and. .not. run%skipped(), 'is_open')
    call expect(len(run%run_id()) == 16, 'run_id')
    call expect(.not. run%should_stop(), 'should_stop')
    call expect(run%seconds_left() > huge(1d0), 'seconds_left')
    call expect(run%derive_seed('noise') == metalab_derive_seed(42, 'noise', 3), 'derive_seed')

    call expect(run%rank() == 0 .and. run%size() == 1, 'rank')
    call run%set_axis('loss', 'time', stat)
    call expect_status(stat, METALAB_OK, 'set_axis')
    call run%reduce('reduced', stat)
    call expect_status(stat, METALAB_OK, 'reduce')

    call run%metric('int32', 7)
    call run%metric('int64', -9007199254740993_int64)
    call run%metric('real32', 0.5)
    call run%metric('real64', 1d-300)
    call run%metric('logical', .true.)
    padded = 'cg'
    call run%metric(padded, padded)
    do k = 0, 3
      k64 = k
      call run%metric('s_int32', k, k)
      call run%metric('s_int64', k64, k64)
      call run%metric('s_real32', real(k) / 2, k)
      call run%metric('s_real64', k / 4d0, k64)
      call run%metric('s_logical', mod(k, 2) == 0, k)
      call run%metric('s_text', achar(iachar('a') + k), step=k64)
    end do
    call run%metrics([character(len=4) :: 'm1', 'mm2'], [1d0, 2d0])
    call run%metrics([character(len=4) :: 'n1', 'nn2'], [1d0, 2d0], 5)
    call run%metrics([character(len=4) :: 'n1', 'nn2'], [3d0, 4d0], 6_int64)

    residual = run%series('residual', 'K', 'of the solver')
    do k = 0, 1
      call residual%point(6 * k, 1)
      call residual%point(6_int64 * k + 1, 2_int64)
      call residual%point(6 * k + 2, 0.5)
      call residual%point(6_int64 * k + 3, 0.25d0)
      call residual%point(6 * k + 4, k == 0)
      call residual%point(6_int64 * k + 5, 'x ')
    end do
    call residual%points([100_int64, 101_int64], [1d0, 2d0], stat)
    call expect_status(stat, METALAB_OK, 'points')
    whole = run%series('whole')
    call whole%points([1_int64, 2_int64, 3_int64], [huge(1_int64), 0_int64, -9007199254740993_int64], stat)
    call expect_status(stat, METALAB_OK, 'whole points')
    call whole%points([1_int64], [1_int64, 2_int64], stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'whole points')
    call run%artifact('patches', reshape([character(len=8) :: 'inlet', 'outlet', 'wand', ''], [2, 2]))
    call run%data('patches', [character(len=8) :: 'inlet', 'outlet'])

    call run%data_json('table', '{"a": [1, 2, NaN]}', '{"unit": "K"}')
    call run%artifact_json('setup', '{"n": 4}')
    call run%artifact_bytes('bytes', 'ends in blanks  ', 'text', 'txt', '{"k": 1}')
    call run%artifact_bytes('plain', '')
    stream = run%stream('table', 'table', 'csv')
    call stream%write_line('x,y   ')
    call stream%write('1, ')
    call stream%set_metadata('{"rows": 1}')
    call stream%seal(stat)
    call expect_status(stat, METALAB_OK, 'seal of a stream')
    call stream%write('late', stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'write after seal')
    stream = run%stream('given_up', 'text', 'txt')
    call stream%abandon()
    open (newunit=k, file=trim(store) // '.txt', action='write')
    write (k, '(a)') 'content'
    close (k)
    call run%file('copied', trim(store) // '.txt', kind='restart')
    call run%file('moved', trim(store) // '.txt', METALAB_FILE_MOVE, metadata='{"step": 3}')

    call run%log(METALAB_LEVEL_INFO, 'by level   ')
    call run%debug('fine')
    call run%info('wörd')
    call run%warning('careful')
    call run%error('wrong')
    call run%critical('very wrong')
    call expect(.not. metalab_log_enabled('solver.newton', METALAB_LEVEL_INFO), 'nobody subscribed')
    call run%subscribe('solver', METALAB_LEVEL_WARNING)
    call expect(metalab_log_enabled('solver.newton', METALAB_LEVEL_WARNING), 'log_enabled')
    call metalab_log('solver.newton', METALAB_LEVEL_WARNING, 'slow')
    call run%unsubscribe('solver')
    call run%stdio(METALAB_STDOUT)
    print '(a)', 'printed'
    call run%stdio_end()

    call run%add_tag('b')
    call run%add_note('second')
    call run%add_warning('coarse', '{"limit": 2}')
    copy = run
    call copy%metric('by_copy', 1)
    call run%flush()
    call run%flush(durable=.true., stat=stat)
    call expect_status(stat, METALAB_OK, 'flush')
    call expect(index(run%metrics_json(), '"int32":') > 0, 'metrics_json')
    call expect(index(run%artifacts_json(), 'moved') > 0, 'artifacts_json')
    call expect(index(run%results_json(), 'table') > 0, 'results_json')
    call expect(index(run%summary_json(), 's_real64') > 0, 'summary_json')
    call expect(index(run%health_json(), '"ok": true') > 0, 'health_json')
    call run%close(stat)
    call expect_status(stat, METALAB_OK, 'close')
    call expect(.not. run%is_open(), 'closed')
    call options%if_success(METALAB_IF_SUCCESS_SKIP)
    call run%open(options, stat, padded)
    call expect_status(stat, METALAB_SKIP, 'skip')
    call expect(run%skipped() .and. .not. run%is_open(), 'skipped')
    call expect(padded == 'the run has already succeeded', 'skip in words')
    call options%if_success(METALAB_IF_SUCCESS_REFUSE)
    call run%open(options, stat)
    call expect_status(stat, METALAB_ERR_EXISTS, 'refuse')
  end subroutine

  subroutine arrays()
    type(metalab_capture) :: run
    type(metalab_arrays) :: several
    integer(int32), target :: i4(4, 3)
    integer(int64) :: i8(2, 3, 4)
    real(real32) :: r4(5)
    real(real64), target :: r8(6, 5)
    real(real64) :: r7(2, 1, 2, 1, 2, 1, 3), r5(1, 2, 3, 1, 2), r6(1, 2, 1, 2, 1, 2), r4d(2, 3, 2, 2)
    complex(real32) :: c4(2, 2)
    complex(real64) :: c8(3)
    logical :: mask(3, 2), none(0)
    integer :: i, j, k, pixels(3, 2, 2)

    call open_run(run, 'arrays:1')
    do j = 1, 3
      do i = 1, 4
        i4(i, j) = 10 * i + j
      end do
    end do
    i8 = reshape([(int(i, int64) * 10000000000_int64, i=1, 24)], [2, 3, 4])
    r4 = [(i / 2.0, i=1, 5)]
    do j = 1, 5
      do i = 1, 6
        r8(i, j) = i + j / 10d0
      end do
    end do
    r7 = reshape([(real(i, real64), i=1, 24)], shape(r7))
    r6 = reshape([(real(i, real64), i=1, 8)], shape(r6))
    r5 = reshape([(real(i, real64), i=1, 12)], shape(r5))
    r4d = reshape([(real(i, real64), i=1, 24)], shape(r4d))
    c4 = reshape([(cmplx(i, -i, real32), i=1, 4)], [2, 2])
    c8 = [(cmplx(i, 0.5d0, real64), i=1, 3)]
    mask = reshape([.true., .false., .false., .true., .true., .false.], [3, 2])

    call run%artifact('i4', i4, '{"unit": "K"}')
    call run%artifact('i8', i8)
    call run%artifact('r4', r4)
    call run%artifact('r8', r8)
    call run%artifact('r4d', r4d)
    call run%artifact('r5', r5)
    call run%artifact('r6', r6)
    call run%artifact('r7', r7)
    call run%artifact('c4', c4)
    call run%artifact('c8', c8)
    call run%artifact('mask', mask)
    call run%artifact('none', none)
    call run%artifact('column', r8(:, 2))
    call run%artifact('row', r8(2, :))
    call run%artifact('every_second', r8(1:6:2, 5:1:-2))
    call run%artifact('mask_part', mask(1:3:2, :))
    call run%artifact('expression', 2 * r8)
    call run%artifact('reverse', i4, reverse=.true.)
    call run%artifact('reverse_part', r8(1:6:2, 2:4), reverse=.true.)
    call run%artifact('one', r8(3:3, 4:4))
    call run%artifact('empty', r8(3:2, :))
    call run%data('i4', i4)
    call run%data('r4', r4, '{"unit": "K"}')
    call run%data('c8', c8)
    call run%data('mask', mask)
    call run%data('row', r8(2, :))

    call several%add('i4', i4)
    call several%add('mask', mask)
    call several%add('part', r8(1:6:5, :))
    call several%add('reverse', r8, reverse=.true.)
    call expect(several%count() == 4, 'count')
    call run%artifact('several', several, '{"step": 1}')
    call several%clear()
    call expect(several%count() == 0, 'clear')

    call run%figure('field', r8, METALAB_COLORMAP_DIVERGING, [-7d0, 7d0], origin_lower=.true., scale=2)
    call run%figure('ints', i4, logarithmic=.true., reverse=.true.)
    pixels = 0
    do k = 1, 3
      pixels(k, 1, 1) = 255
    end do
    call run%figure('pixels', pixels)
    call run%figure_bytes('svg', '<svg/>', 'svg')
    call run%close()
  end subroutine

  subroutine places()
    type(metalab_capture) :: run, nothing
    type(metalab_mapping) :: mapping, second
    type(metalab_snapshots) :: fields
    real(real64), pointer, contiguous :: r8(:, :), r8_3(:, :, :), r8_4(:, :, :, :)
    real(real32), pointer, contiguous :: r4(:)
    integer(int32), pointer, contiguous :: i4(:), i4_2(:, :)
    complex(real64), pointer, contiguous :: c8(:)
    character(len=200) :: errmsg
    integer :: i, j, k, stat

    call open_run(run, 'places:1')
    call run%map('field', r8, [4, 5], mapping, '{"unit": "K"}')
    call expect(mapping%is_open() .and. mapping%is_mapped(), 'mapped')
    call expect(all(shape(r8) == [4, 5]) .and. all(abs(r8) <= 0), 'zeros')
    call expect(lbound(r8, 1) == 1, 'bounds')
    do j = 1, 5
      do i = 1, 4
        r8(i, j) = (i - 1) + 10 * (j - 1)
      end do
    end do
    call mapping%set_metadata('{"step": 7}')
    call mapping%seal(r8)
    call expect(.not. associated(r8) .and. .not. mapping%is_open(), 'sealed')
    call mapping%seal(stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'seal again')

    call run%map('reverse', r8, [4_int64, 5_int64], mapping, reverse=.true.)
    do j = 1, 5
      do i = 1, 4
        r8(i, j) = (i - 1) + 10 * (j - 1)
      end do
    end do
    call mapping%seal(r8)
    call run%map('cube', r8_3, [2, 3, 4], mapping)
    r8_3(2, 3, 4) = 1
    call mapping%seal(r8_3)
    call run%map('four', r8_4, [2, 3, 4, 5], mapping)
    r8_4(2, 3, 4, 5) = 1
    call mapping%seal()
    call run%map('line', r4, [7], mapping)
    r4 = 0.5
    call run%map('ints', i4, [7], second)
    i4 = 3
    call run%map('ints', i4, [7], second, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'a mapping that is open')
    call mapping%seal(r4)
    call second%seal()
    call run%map('complex', c8, [2], mapping)
    c8 = (1d0, 2d0)
    call mapping%seal(c8)
    call run%map('given_up', r4, [7], mapping)
    call mapping%abandon(r4)

    fields = run%snapshots('u', METALAB_DTYPE_FLOAT64, [4, 5], '{"unit": "K"}', stat=stat)
    call expect_status(stat, METALAB_OK, 'snapshots')
    do k = 0, 2
      call fields%begin(100 * k, r8, mapping, stat)
      call expect_status(stat, METALAB_OK, 'begin')
      do j = 1, 5
        do i = 1, 4
          r8(i, j) = k + (i - 1) + 10 * (j - 1)
        end do
      end do
      call mapping%seal(r8)
    end do
    call fields%begin(300_int64, r4, mapping, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'another type')
    call expect(errmsg == 'begin: array: another type or rank was declared', 'another type in words')
    call fields%free()
    call fields%begin(300, r8, mapping, stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'begin after free')
    call expect(all(shape(r8) == [4, 5]), 'plain snapshot')
    call mapping%abandon(r8)
    fields = run%snapshots('reversed', METALAB_DTYPE_INT32, [2, 3], reverse=.true.)
    call fields%begin(1, i4_2, mapping)
    i4_2(2, 3) = 1
    call mapping%seal(i4_2)
    call fields%free()
    call run%map('left_open', r4, [3], mapping)
    r4 = 2

    call run%map('wrong', r8, [3], second, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'rank')
    call expect(errmsg == 'map: extents: there have to be as many as the array has dimensions', 'rank in words')
    call run%map('wrong', r4, [-3], second, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'negative')
    call run%map('', r4, [3], second, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_NAME, 'name')
    call expect(index(errmsg, 'metalab_capture_map_array') == 1, 'name in words: ' // errmsg)
    call expect(associated(r4) .and. second%is_open() .and. .not. second%is_mapped(), 'plain memory')
    r4 = 1
    call second%abandon(r4)
    call run%map('huge', r8, [huge(1), huge(1)], second, stat=stat)
    call expect(stat /= METALAB_OK .and. .not. associated(r8), 'nothing so large')
    call run%close(stat)
    call expect_status(stat, METALAB_OK, 'close with a mapping open')
    call mapping%seal(r4, stat)
    call expect_status(stat, METALAB_ERR_CLOSED, 'seal after the end')

    ! Without a run the solver computes all the same.
    call nothing%map('field', r8, [100, 100], mapping, stat=stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'map without a run')
    r8(100, 100) = 1
    call expect(abs(sum(r8) - 1) <= 0, 'zeros of ours')
    call mapping%seal(r8, stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'seal without a run')
    call expect(.not. associated(r8), 'released')
  end subroutine

  subroutine errors()
    type(metalab_options) :: options
    type(metalab_capture) :: run
    type(metalab_series) :: series
    type(metalab_arrays) :: several
    real(real64), pointer :: nowhere(:)
    character(len=60) :: errmsg
    character(len=300) :: long
    integer :: stat, pixels(1, 1, 1)

    ! Nothing of this is an error: there is no run.
    call run%metric('x', 1, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_NO_CAPTURE, 'no run')
    call expect(errmsg == 'there is no run', 'no run in words')
    call run%metric('x', 1)
    series = run%series('x')
    call series%point(1, 1d0)
    call series%point(1, 1d0, stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'series of no run')
    call run%close(stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'close of no run')
    call expect(run%run_id() == '', 'run_id of no run')

    call options%seed(-1, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'negative seed')
    call expect(errmsg == 'seed: it is negative', 'negative seed in words')
    call options%params_json('{', stat, errmsg)
    call expect_status(stat, METALAB_ERR_JSON, 'params_json')
    ! Who does not ask is told by open, which then opens nothing.
    call options%store(store)
    call options%experiment('errors:1')
    call options%params_json('[1]')
    call options%seed(-1)
    errmsg = ''
    call run%open(options, stat, errmsg)
    call expect_status(stat, METALAB_ERR_JSON, 'deferred')
    call expect(index(errmsg, 'metalab_options_params_json') == 1, 'deferred in words: ' // errmsg)

    call open_run(run, 'errors:1')
    call run%open(stat=stat)
    call expect_status(stat, METALAB_ERR_BUSY, 'open again')
    errmsg = 'as it was'
    call run%metric('fine', 1, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_OK, 'metric')
    call expect(errmsg == 'as it was', 'errmsg is left alone')
    call run%metric('a' // achar(0) // 'b', 1, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_NAME, 'NUL in a name')
    call expect(index(errmsg, 'metalab_capture_metric_i64: name') == 1 .and. index(errmsg, 'NUL') > 0, &
        'NUL in a name in words: ' // errmsg)
    call run%artifact_json('a' // achar(0), '1', stat=stat)
    call expect_status(stat, METALAB_ERR_NAME, 'NUL in the name of an artifact')
    call run%add_tag(repeat('x', 300) // achar(0) // repeat('y', 300), stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'NUL in a long tag')
    call expect(errmsg == 'metalab_capture_add_tag: tag has a NUL inside, at byte 300', &
        'NUL in a long tag in words: ' // errmsg)
    call run%file('nul', 'heat' // achar(0) // '.nml', stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'NUL in a path')
    call expect(errmsg == 'file: path: it has a NUL inside', 'NUL in a path in words: ' // errmsg)
    call run%metric('text', 'a' // achar(0) // 'b', stat=stat)
    call expect_status(stat, METALAB_OK, 'a text may have a NUL')
    call run%metric('', 1, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_NAME, 'no name')
    call expect(index(errmsg, 'metalab_capture_metric_i64: name') == 1, 'no name in words: ' // errmsg)
    call expect(index(metalab_last_error(), trim(errmsg)) == 1, 'last_error')
    long = repeat('n', 300)
    call run%metric(long, 1d0, stat=stat)
    call expect_status(stat, METALAB_ERR_NAME, 'long name')
    call run%metric(char(255), 1d0, stat=stat)
    call expect_status(stat, METALAB_ERR_UTF8, 'not UTF-8')
    call run%data_json('bad', '{', stat=stat)
    call expect_status(stat, METALAB_ERR_JSON, 'not JSON')
    call run%file('bad', '/does/not/exist', stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no file')
    call run%log(17, 'no such level', stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'level')
    series = run%series('')
    series = run%series('s')
    call series%points([1_int64], [1d0, 2d0], stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'points')
    call run%metrics(['a'], [1d0, 2d0], stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'metrics')
    pixels = 256
    call run%figure('bad', pixels, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'pixels')
    nullify (nowhere)
    call several%add('x', nowhere, stat=stat)
    call expect_status(stat, METALAB_ERR_NULL, 'not associated')
    ! Said in the log, since nobody asks.
    call run%metric('', 1)
    call run%artifact_json('bad', '{')
    call run%close()
    call run%metric('late', 1, stat=stat)
    call expect_status(stat, METALAB_NO_CAPTURE, 'metric after close')
    call series%point(1, 1d0, stat, errmsg)
    call expect_status(stat, METALAB_ERR_CLOSED, 'point after close')
  end subroutine

  subroutine ends()
    type(metalab_capture) :: run
    type(metalab_options) :: options
    integer :: stat, count

    call open_run(run, 'failed:1')
    call run%fail('Diverged', 'the residual grows', 'in step 7')
    call run%close()
    call open_run(run, 'cancelled:1')
    call run%cancel('enough')
    call run%finish(stat)
    call expect_status(stat, METALAB_OK, 'finish')
    call run%finish(stat)
    call expect_status(stat, METALAB_OK, 'finish twice')
    call run%metric('late', 1, stat=stat)
    call expect_status(stat, METALAB_ERR_CLOSED, 'metric after finish')
    call run%metric('late', 1)
    call run%close()
    call open_run(run, 'stopped:1')
    call run%request_stop()
    call expect(run%should_stop(), 'requested')
    call expect(run%should_stop_at(3) .and. run%should_stop_at(4_int64), 'at a step')
    call run%close()
    call left_by_its_block()
    call options%store('/proc/no/such/place')
    call run%open(options, stat)
    call expect(stat /= METALAB_OK .and. .not. run%is_open(), 'no store')
    call metalab_recover(store, 'failed:1', recovered=count, stat=stat)
    call expect_status(stat, METALAB_OK, 'recover')
    call expect(count == 0, 'nothing to recover')
    call metalab_recover('/does/not/exist', stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'recover nothing')
    call metalab_recover_host('node17', store, recovered=count, stat=stat)
    call expect_status(stat, METALAB_OK, 'recover_host')
    call expect(count == 0, 'nothing of a host to recover')
    call metalab_recover_host('', store, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'recover_host of none')
    call metalab_recover_child(1, 127, store, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'recover_child')
  end subroutine

  ! The run ends with the variable.
  subroutine left_by_its_block()
    type(metalab_capture) :: run

    call open_run(run, 'block:1')
    call run%metric('x', 1)
  end subroutine

  subroutine identity()
    character(len=60) :: errmsg
    integer :: stat

    call expect(metalab_canonical_json('{"b": 1, "a": [true, null]}') == '{"a":[true,null],"b":1}', 'canonical')
    call expect(metalab_fingerprint('{"b": 1, "a": 2}') == metalab_fingerprint('{"a":2,"b":1}'), 'fingerprint')
    call expect(len(metalab_fingerprint('1')) == 16, 'length of a fingerprint')
    call expect(metalab_fingerprint('{', stat, errmsg) == '', 'no fingerprint')
    call expect_status(stat, METALAB_ERR_JSON, 'fingerprint')
    call expect(metalab_run_id('a:1', 42, '{"n": 4}') == metalab_run_id('a:1', 42_int64, '{"n": 4}', '{}'), 'run_id')
    call expect(metalab_run_id('a:1', 42) /= metalab_run_id('a:1', 42, replicate=1), 'replicate')
    call expect(metalab_run_id('a:1', 42, code_hash='x') /= metalab_run_id('a:1', 42), 'code_hash')
    call expect(metalab_derive_seed(1_int64, 'a') /= metalab_derive_seed(1, 'b'), 'derive_seed')
    call expect(metalab_version() == '0.1.0', 'version')
    call expect(metalab_status_name(METALAB_ERR_NAME) == 'METALAB_ERR_NAME', 'status_name')
  end subroutine
end program
